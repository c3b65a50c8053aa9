"""Run comparisons: first the same answer from both sides, then pairs of timings."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.harness.comparison import Case, Comparison, DisagreementError, LeftOut, Setting
from benchmarks.harness.timing import Measured, Ratios

Tell = Callable[[str], None]


def run_comparisons(comparisons: Sequence[Comparison], setting: Setting, *, tell: Tell) -> dict[str, Any]:
    """Measure all cases; return their document by comparison and case, as JSON.

    Parameters
    ----------
    comparisons : sequence of Comparison
    setting : Setting
    tell : callable
        Gets a line per case as it ends.

    Raises
    ------
    DisagreementError
        If the two sides of a case give different answers.
    """
    return {comparison.name: _document(comparison, setting, tell) for comparison in comparisons}


def _document(comparison: Comparison, setting: Setting, tell: Tell) -> dict[str, Any]:
    cases: dict[str, Any] = {}
    for case in comparison.cases(setting):
        if isinstance(case, LeftOut):
            cases[case.name] = {"left_out": case.why}
            tell(f"{comparison.name}/{case.name}: left out, {case.why}")
            continue
        cases[case.name] = measured = measure(case, pairs=setting.pairs)
        if setting.small:
            measured["target"] = None  # targets are for full sizes
        tell(f"{comparison.name}/{case.name}: {_told(measured)}")
    about = {name: getattr(comparison, name) for name in ("measures", "reference", "protocol", "unit")}
    return {**about, "cases": cases}


def _told(measured: dict[str, Any]) -> str:
    ratio, cpu = measured["ratio"], measured["cpu_ratio"]["median"]
    low, middle, high = (f"{ratio[name]:.3g}" for name in ("min", "median", "max"))
    return f"{middle} ({low} to {high}), processor time {cpu:.3g}; {measured['agreement']}"


def measure(case: Case, *, pairs: int | None = None) -> dict[str, Any]:
    """Time a case; ratios first, seconds as context.

    Parameters
    ----------
    case : Case
    pairs : int or None
        Overrides the case's own number.

    Raises
    ------
    DisagreementError
        If the two sides give different answers.
    """
    agreement = _agreement(case, case.ours(), case.reference()) if case.warm_up else None
    ours, reference = [], []
    for _ in range(pairs or case.pairs):
        ours.append(case.ours())
        reference.append(case.reference())
        agreement = agreement or _agreement(case, ours[-1], reference[-1])
    seconds = {
        clock: {
            "ours": [getattr(m, clock) for m in ours],
            "reference": [getattr(m, clock) for m in reference],
        }
        for clock in ("wall", "cpu")
    }
    ratios = {
        clock: Ratios.of(both["reference"], both["ours"], work=case.work).document()
        for clock, both in seconds.items()
    }
    return {
        "ratio": ratios["wall"],
        "cpu_ratio": ratios["cpu"],
        "target": case.target,
        "agreement": agreement,
        "facts": dict(case.facts),
        "seconds": seconds,
    }


def _agreement(case: Case, ours: Measured, reference: Measured) -> str:
    try:
        return case.agree(ours.answer, reference.answer)
    except DisagreementError as error:
        raise DisagreementError(f"{case.name}: {error}; no figure is given") from error
