"""Gate what was delivered; append what is accepted to the raw days, keep what is refused with its reasons."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from raie.columns import TIMESTAMP
from raie.exceptions import MissingError, RefusedError, UsageError
from raie.gates.interactions import judge_interactions
from raie.gates.verdict import Verdict
from raie.interactions.days import append_days, days_in, read_days
from raie.interactions.parquetfiles import write_interactions
from raie.interactions.prepare import prepare
from raie.interactions.readers import read_staged
from raie.interactions.table import accepted as accepted_rows
from raie.interactions.table import day_of, day_start, empty
from raie.params import Params, load_params
from raie.snapshots.night import Night, read_night
from raie.stages.entry import PLACEHOLDER, has_previous, start

SECONDS_PER_DAY = 86_400


def ingest(
    *, inbox: Path, previous: Path, night: Path, raw: Path, accepted: Path, quarantine: Path, gates: Path
) -> None:
    """Run the stage."""
    params, this = load_params(), read_night(night)
    earlier = previous if has_previous(previous) else None
    for folder in (accepted, quarantine, gates):
        folder.mkdir(parents=True, exist_ok=True)
    staged = _read(inbox, params, earlier, gates)
    if staged is None:
        _write_document(gates, {"passed": True, "headline": "nothing was delivered"})
        rows = empty()
    else:
        verdict = _judge(staged, params, this, earlier)
        _write_document(gates, verdict.document())
        if len(verdict.refusals):
            verdict.refusals.to_csv(quarantine / "refusals.csv", index=False)
        if not verdict.passed:
            raise RefusedError(verdict.headline())
        rows = accepted_rows(staged[verdict.accepted])
    write_interactions(rows, accepted / "interactions.parquet")
    append_days(earlier, rows, raw)


def _read(inbox: Path, params: Params, earlier: Path | None, gates: Path) -> pd.DataFrame | None:
    """Everything delivered, staged; None on a night without a delivery."""
    files = sorted(path for path in inbox.iterdir() if path.name != PLACEHOLDER)
    if not files:
        return None if earlier is not None else _embedded(params)
    try:
        return pd.concat([read_staged(file, params.data) for file in files], ignore_index=True)
    except UsageError as error:
        # A file that cannot be read at all is refused like any other bad delivery.
        _write_document(gates, {"passed": False, "headline": str(error)})
        raise RefusedError(str(error)) from error


def _embedded(params: Params) -> pd.DataFrame:
    """Set-up of the embedded population, for ``dvc repro`` in a clean checkout."""
    if params.data.source != "synthetic":
        raise MissingError("data/inbox is empty and there is no snapshot: run raie data prepare first")
    with TemporaryDirectory() as scratch:
        prepared = prepare(
            params.data,
            params.synthetic,
            seed=params.compute.seed,
            out=Path(scratch),
            genesis_until=params.nights.genesis_until,
            setup_quantile=params.nights.setup_quantile,
        )
        return read_staged(prepared.genesis, params.data)


def _judge(staged: pd.DataFrame, params: Params, night: Night, earlier: Path | None) -> Verdict:
    as_of = day_start(night.date) + SECONDS_PER_DAY if night.date else _after_last(staged)
    return judge_interactions(staged, known=_known(staged, earlier), as_of=as_of, params=params.gates)


def _after_last(staged: pd.DataFrame) -> int:
    """By hand there is no night: Set-up itself says when it ends."""
    return int(staged[TIMESTAMP].max()) + 1


def _known(staged: pd.DataFrame, earlier: Path | None) -> pd.DataFrame | None:
    """Rows accepted before on the days that the delivery touches."""
    if earlier is None:
        return None
    times = staged[TIMESTAMP].dropna().to_numpy(dtype="int64")
    touched = set(day_of(times)) & set(days_in(earlier))
    days = [read_days(earlier, since=day, until=_next_day(day)) for day in sorted(touched)]
    return pd.concat(days, ignore_index=True) if days else None


def _next_day(day: str) -> str:
    return str(day_of([day_start(day) + SECONDS_PER_DAY])[0])


def _write_document(gates: Path, document: dict[str, object]) -> None:
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    (gates / "interactions.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    start(ingest)
