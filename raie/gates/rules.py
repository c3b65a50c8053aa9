"""The few kinds of expectation that artefacts are judged by, each as one line of a suite.

A null passes everything but `present`, so a column that may hold one is judged by both.
"""

from typing import Literal

from raie.gates.suites import Rule

Severity = Literal["critical", "warning"]


def between(
    column: str,
    low: float | None,
    high: float | None,
    reason: str,
    remedy: str,
    *,
    strictly: bool = False,
    severity: Severity = "critical",
) -> Rule:
    """Expect every value between two bounds, either of which may be None; ``strictly``: not at them."""
    arguments = {"column": column, "min_value": low, "max_value": high}
    if strictly:
        arguments |= {"strict_min": True, "strict_max": True}
    return Rule("ExpectColumnValuesToBeBetween", arguments, reason, remedy, severity=severity)


def none(column: str, reason: str, remedy: str) -> Rule:
    """Expect every value, a number of faults, to be 0."""
    return between(column, 0, 0, reason, remedy)


def present(column: str, reason: str, remedy: str) -> Rule:
    """Expect no value to be null."""
    return Rule("ExpectColumnValuesToNotBeNull", {"column": column}, reason, remedy)


def distinct(column: str, reason: str, remedy: str) -> Rule:
    """Expect no value twice."""
    return Rule("ExpectColumnValuesToBeUnique", {"column": column}, reason, remedy)


def matching(column: str, pattern: str, reason: str, remedy: str) -> Rule:
    """Expect every text to match a regular expression."""
    return Rule("ExpectColumnValuesToMatchRegex", {"column": column, "regex": pattern}, reason, remedy)


def rows(reason: str, remedy: str, *, at_least: int) -> Rule:
    """Expect enough rows: an empty frame passes everything else."""
    return Rule("ExpectTableRowCountToBeBetween", {"min_value": at_least}, reason, remedy)
