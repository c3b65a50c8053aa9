"""The gate on incoming interactions: rows, then files, then the delivery as a whole."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import FILE, RATING, TIMESTAMP
from raie.gates.interactions.deliveryrules import delivery_rules, measure, tell
from raie.gates.interactions.filerules import file_rules, file_table
from raie.gates.interactions.fileverdicts import file_verdicts
from raie.gates.interactions.refusals import failed_any, list_refusals
from raie.gates.interactions.rowrules import KEY, row_rules
from raie.gates.interactions.verdict import Verdict
from raie.gates.suites import Outcome, Rule, run_suite
from raie.interactions.delivery import Delivery
from raie.interactions.recent import Recent
from raie.params import InteractionGateParams


def judge_interactions(
    delivery: Delivery,
    *,
    known: pd.DataFrame | None,
    recent: Recent | None,
    as_of: int,
    days: int,
    params: InteractionGateParams,
) -> Verdict:
    """Judge a delivery.

    A row that fails a rule is refused, a file with too many of those as a whole, and it takes part in
    nothing that follows. Of equal interactions among the rest the first is kept, unless it was accepted
    earlier; the others are dropped, which is no fault. What then stands is measured against the recent past.

    Parameters
    ----------
    delivery : Delivery
        The files.
    known : DataFrame or None
        Interactions accepted earlier on the days that the delivery touches: user_id, item_id, timestamp.
    recent : Recent or None
        Days before the delivery; None: volume and unseen ids are not judged.
    as_of : int
        UTC seconds, exclusive upper bound of timestamps.
    days : int
        Days that the delivery is meant to cover.
    params : InteractionGateParams
        Thresholds.

    Returns
    -------
    Verdict
        The first rule that a row fails gives the reason of its refusal.

    Raises
    ------
    UsageError
        If ``params.earliest`` is not a date.
    RefusedError
        If an expectation could not be evaluated.
    """
    rows = _comparable(delivery.rows)
    by_row = _run("interaction_rows", row_rules(params), rows, as_of=as_of)
    sound = ~failed_any(len(rows), by_row)
    files = file_table(delivery, ~sound)
    by_file = _run("interaction_files", file_rules(params), files)
    whole = frozenset(files.loc[failed_any(len(files), by_file), FILE])
    stands = sound & ~rows[FILE].isin(whole).to_numpy(dtype=np.bool_)
    duplicate = _repeats(rows, stands, known)
    accepted = stands & ~duplicate
    measured = measure(rows[accepted], duplicates=int(duplicate.sum()), recent=recent, days=days)
    by_delivery = _run("interaction_delivery", delivery_rules(params, recent), pd.DataFrame([measured]))
    faults, warnings = (_sentences(by_delivery, measured, severity) for severity in ("critical", "warning"))
    if faults:
        whole, accepted = frozenset(delivery.files), np.zeros_like(accepted)
    refusals = list_refusals(delivery.rows, by_row, files, by_file)
    return Verdict(
        accepted=accepted,
        files=file_verdicts(delivery, accepted=accepted, duplicate=duplicate, whole=whole, refusals=refusals),
        refusals=refusals,
        fault="; ".join(faults) or None,
        warnings=warnings,
        expectations=[outcome.record for outcome in (*by_row, *by_file, *by_delivery)],
        measured=measured,
        thresholds={**params.model_dump(mode="json"), "as_of": as_of, "days": days},
    )


def _comparable(staged: pd.DataFrame) -> pd.DataFrame:
    """Great Expectations compares plain numbers; nullable integers below 2**53 are exact as floats."""
    frame = staged.reset_index(drop=True).astype({TIMESTAMP: "Float64", RATING: "Float64"})
    return frame.astype({TIMESTAMP: "float64", RATING: "float64"})


def _run(name: str, rules: Sequence[Rule], frame: pd.DataFrame, **parameters: int) -> list[Outcome]:
    # An empty frame would pass every rule: what is not there is not judged, and not reported as such.
    return run_suite(name, rules, frame, parameters) if len(frame) else []


def _repeats(rows: pd.DataFrame, stands: NDArray[np.bool_], known: pd.DataFrame | None) -> NDArray[np.bool_]:
    """Which of the rows that stand repeat an earlier one, or what was known before; shape (N,)."""
    sound = rows.loc[stands, KEY]
    earlier = sound[:0] if known is None else known[KEY].astype({TIMESTAMP: "float64"})
    repeats = np.zeros(len(rows), dtype=np.bool_)
    repeats[stands] = pd.concat([earlier, sound]).duplicated(keep="first").to_numpy()[len(earlier) :]
    return repeats


def _sentences(outcomes: Sequence[Outcome], measured: Mapping[str, float], severity: str) -> list[str]:
    failed = [outcome.rule for outcome in outcomes if not outcome.record["success"]]
    return [tell(rule, measured) for rule in failed if rule.severity == severity]
