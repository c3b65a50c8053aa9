"""Gate what was delivered; append what is accepted to the raw days, keep what is refused with its reasons."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from raie.columns import TIMESTAMP
from raie.exceptions import MissingError, RefusedError
from raie.gates.interactions.gate import judge_interactions
from raie.gates.interactions.verdict import Verdict
from raie.interactions.days import append_days, read_days, read_touched
from raie.interactions.delivery import Delivery, read_delivery
from raie.interactions.erased import accepted_since, without_erased
from raie.interactions.parquetfiles import write_interactions
from raie.interactions.prepare import prepare
from raie.interactions.quarantine import write_refusals
from raie.interactions.recent import Recent, recent_past
from raie.interactions.table import SECONDS_PER_DAY, day_start, days_before
from raie.interactions.table import accepted as accepted_rows
from raie.params import InteractionGateParams, Params, load_params
from raie.snapshots.night import Night, read_night
from raie.stages.entry import PLACEHOLDER, has_previous, start


def ingest(
    *,
    inbox: Path,
    previous: Path,
    restored: Path,
    night: Path,
    raw: Path,
    accepted: Path,
    quarantine: Path,
    verdict: Path,
) -> None:
    """Run the stage."""
    params, this = load_params(), read_night(night)
    earlier = previous if has_previous(previous) else None
    for folder in (accepted, quarantine, verdict.parent):
        folder.mkdir(parents=True, exist_ok=True)
    delivery = _delivered(inbox, params, this)
    judged = _judge(delivery, params, this, earlier)
    verdict.write_text(json.dumps(judged.document(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    write_refusals(quarantine, judged.refusals, judged.reasons)
    if not judged.passed:
        raise RefusedError(judged.headline())
    rows = accepted_rows(delivery.rows[judged.accepted])
    with without_erased(earlier, this.erasure) as kept:
        append_days(kept, rows, raw)
    write_interactions(_begun(this, rows, raw, restored), accepted / "interactions.parquet")


def _begun(night: Night, rows: pd.DataFrame, raw: Path, restored: Path) -> pd.DataFrame:
    """What is learnt from: on a night what came, because the histories hold what was accepted before."""
    if night.kind == "retrain":
        return read_days(raw)
    return accepted_since(restored, raw) if night.starts_over else rows


def _delivered(inbox: Path, params: Params, night: Night) -> Delivery:
    files = [path for path in inbox.iterdir() if path.name != PLACEHOLDER]
    if not files and night.kind == "construct":
        return _embedded(params)
    return read_delivery(files, params.data)


def _embedded(params: Params) -> Delivery:
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
        return read_delivery([prepared.genesis], params.data)


def _judge(delivery: Delivery, params: Params, night: Night, earlier: Path | None) -> Verdict:
    times = delivery.rows[TIMESTAMP].dropna().to_numpy(dtype="int64")
    by_hand = int(times.max(initial=0)) + 1
    return judge_interactions(
        delivery,
        known=None if earlier is None else read_touched(earlier, times),
        recent=_recent(params, night, earlier),
        # By hand there is no night: Set-up itself says when it ends.
        as_of=day_start(night.date) + SECONDS_PER_DAY if night.date else by_hand,
        days=params.nights.days,
        params=_thresholds(params.gates.interactions, night),
    )


def _recent(params: Params, night: Night, earlier: Path | None) -> Recent | None:
    """What a night's delivery is compared with; a generation that begins may take any amount."""
    if earlier is None or night.date is None or night.kind != "nightly":
        return None
    first_day = days_before(night.date, params.nights.days - 1)
    return recent_past(earlier, until=first_day, days=params.gates.interactions.recent_days)


def _thresholds(gate: InteractionGateParams, night: Night) -> InteractionGateParams:
    """Genesis cannot begin with nothing, and only on a night something has to come."""
    needed = {"construct": max(1, gate.min_rows), "nightly": gate.min_rows}.get(night.kind, 0)
    return gate.model_copy(update={"min_rows": needed})


if __name__ == "__main__":
    start(ingest)
