"""What a gate decided about the artefacts of a stage."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from raie.exceptions import RaieError
from raie.gates.suites import Outcome, Rule, run_suite
from raie.interactions.faults import shown

UNREADABLE = Rule(
    "ExpectColumnValuesToBeNull", {"column": "fault"}, "cannot be judged", "run its stage again"
)


@dataclass(frozen=True)
class Suite:
    """Rules over a frame whose index says what each row is, and numbers worth keeping beside them."""

    name: str
    rules: Sequence[Rule]
    frame: pd.DataFrame
    counts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """What became of every expectation of one gate.

    Attributes
    ----------
    gate : str
    expectations : tuple of mapping
        Records of `raie.gates.suites.Outcome`, in the order in which they were judged.
    refusals, warnings : tuple of str
        One line per critical expectation that failed, and per other one.
    counts, thresholds : mapping of str to plain values
    """

    gate: str
    expectations: tuple[Mapping[str, Any], ...]
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]
    counts: Mapping[str, Any]
    thresholds: Mapping[str, Any]

    @property
    def passed(self) -> bool:
        """Whether no critical expectation failed."""
        return not self.refusals

    def headline(self) -> str:
        """Return one line: the first refusal, or how many checks passed."""
        if self.refusals:
            return self.refusals[0]
        failed = sum(not record["success"] for record in self.expectations)
        warned = f", {failed} warned" if failed else ""
        return f"{len(self.expectations) - failed} checks passed{warned}"

    def document(self) -> dict[str, Any]:
        """Return all of it as what JSON can hold; it depends on the artefacts and thresholds alone."""
        return {
            "gate": self.gate,
            "passed": self.passed,
            "headline": self.headline(),
            "counts": {name: _plain(value) for name, value in self.counts.items()},
            "thresholds": dict(self.thresholds),
            "warnings": list(self.warnings),
            "expectations": [dict(record) for record in self.expectations],
        }


def judge(gate: str, suites: Iterable[Suite], *, thresholds: Mapping[str, Any], root: Path) -> Judgement:
    """Run suites one after another until one holds a refusal: the later ones presuppose the earlier.

    Parameters
    ----------
    gate : str
    suites : iterable of Suite
        Drawn one at a time; what drawing one raises as a `RaieError` is a refusal too.
    thresholds : mapping
        Kept with the judgement.
    root : Path
        Its part of a path is left out of what is said, so that no judgement depends on where it was made.
    """
    said: dict[str, list[str]] = {"critical": [], "warning": []}
    records: list[Mapping[str, Any]] = []
    counts: dict[str, Any] = {}
    for suite, outcomes in _judged(gate, suites, root):
        counts.update(suite.counts)
        for outcome in outcomes:
            records.append(outcome.record)
            if not outcome.record["success"]:
                said[outcome.rule.severity].append(_line(outcome, suite.frame))
        if said["critical"]:
            break
    return Judgement(
        gate, tuple(records), tuple(said["critical"]), tuple(said["warning"]), counts, dict(thresholds)
    )


def _judged(gate: str, suites: Iterable[Suite], root: Path) -> Iterator[tuple[Suite, list[Outcome]]]:
    try:
        for suite in suites:
            yield suite, run_suite(suite.name, suite.rules, suite.frame, {})
    except RaieError as error:
        fault = pd.DataFrame({"fault": [str(error).replace(f"{root}/", "")]}, index=[gate])
        unread = Suite(f"{gate}_files", [UNREADABLE], fault)
        yield unread, run_suite(unread.name, unread.rules, fault, {})


def _line(outcome: Outcome, frame: pd.DataFrame) -> str:
    """Where, what, why, and what to do: as the gate on interactions says it."""
    rule = outcome.rule
    if not len(outcome.failed):
        return f"{rule.reason}; {rule.remedy}"
    place, column = int(outcome.failed[0]), str(rule.arguments["column"])
    value, kind, more = frame[column].iloc[place], frame.index.name, len(outcome.failed) - 1
    if rule is UNREADABLE:
        return str(value)
    where = f"{kind} {frame.index[place]}" if kind else str(frame.index[place])
    found = "" if pd.isna(value) else f"{_shown(value)} "
    return f"{where}, {column}: {found}{rule.reason}; {rule.remedy}{f' (and {more} more)' if more else ''}"


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else shown(str(value))


def _plain(value: Any) -> Any:
    """JSON knows no NaN and no infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
