"""Refusals as a table: which row or file, which value, why, and what to do about it."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import FAULT, FILE, LINE
from raie.gates.suites import Outcome, Rule
from raie.interactions.faults import Fault, shown

REFUSAL = (FILE, LINE, "column", "value", "reason", "remedy")
"""Columns of the refusals, in order."""

_TYPES = {name: "Int64" if name == LINE else "str" for name in REFUSAL}
_Told = list[tuple[str | None, str | None, str, str]]


def list_refusals(
    staged: pd.DataFrame, by_row: Sequence[Outcome], files: pd.DataFrame, by_file: Sequence[Outcome]
) -> pd.DataFrame:
    """List what failed a rule, each with the first rule that it fails.

    Parameters
    ----------
    staged, files : DataFrame
        Rows and files as they were judged.
    by_row, by_file : sequence of Outcome
        What became of the rules on rows and of those on files.

    Returns
    -------
    DataFrame
        file str, line Int64, column, value, reason, remedy str, by file and line; the line is missing
        where a file is refused as a whole.
    """
    whole = files.assign(**{LINE: pd.array([pd.NA] * len(files), dtype="Int64")})
    listed = [pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in _TYPES.items()})]
    listed += [_listed(rows, _about_file(rows, rule)) for rows, rule in _firsts(whole, by_file)]
    listed += [_listed(rows, _about_row(rows, rule)) for rows, rule in _firsts(staged, by_row)]
    table = pd.concat(listed[1:] or listed)
    return table.sort_values([FILE, LINE], kind="stable", ignore_index=True, na_position="first")


def sentence(refusal: Mapping[Hashable, Any]) -> str:
    """Return one line about a refused row."""
    value = refusal["value"]
    found = "is missing" if pd.isna(value) else f"{shown(str(value))!r} {refusal['reason']}"
    return f"{refusal[FILE]}, line {refusal[LINE]}, {refusal['column']}: {found}; {refusal['remedy']}"


def failed_any(count: int, outcomes: Sequence[Outcome]) -> NDArray[np.bool_]:
    """Mask of those of ``count`` rows that fail a rule, shape (count,)."""
    failed = np.zeros(count, dtype=np.bool_)
    for outcome in outcomes:
        failed[outcome.failed] = True
    return failed


def _firsts(table: pd.DataFrame, outcomes: Sequence[Outcome]) -> Iterator[tuple[pd.DataFrame, Rule]]:
    """The rows that fail each rule and none before it."""
    for place, outcome in enumerate(outcomes):
        before = failed_any(len(table), outcomes[:place])
        rows = table.iloc[outcome.failed[~before[outcome.failed]]]
        if len(rows):
            yield rows, outcome.rule


def _listed(rows: pd.DataFrame, told: _Told) -> pd.DataFrame:
    refused = pd.DataFrame(told, columns=list(REFUSAL[2:]))
    refused.insert(0, FILE, rows[FILE].to_numpy())
    refused.insert(1, LINE, rows[LINE].array)
    return refused.astype(_TYPES)


def _about_file(files: pd.DataFrame, rule: Rule) -> _Told:
    column = str(rule.arguments["column"])
    if column == FAULT:
        return [(None, None, str(fault), rule.remedy) for fault in files[FAULT]]
    return [(column, _written(value), rule.reason, rule.remedy) for value in files[column]]


def _about_row(rows: pd.DataFrame, rule: Rule) -> _Told:
    column = str(rule.arguments["column"])
    if column == FAULT:
        faults = [Fault.parse(str(sentence)) for sentence in rows[FAULT]]
        return [(fault.column, fault.value, fault.reason, fault.remedy) for fault in faults]
    return [(column, _written(value), rule.reason, rule.remedy) for value in rows[column]]


def _written(value: object) -> str | None:
    if pd.isna(value):
        return None
    return f"{value:g}" if isinstance(value, float) else str(value)
