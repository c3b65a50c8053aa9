"""Raw columns to typed columns: values that cannot be parsed become faults, never exceptions."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import FAULT, ITEM, RATING, TIMESTAMP, USER
from raie.interactions.faults import Fault

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
"""Text that stands for a missing value, in every column."""

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_WHOLE_FLOAT = r"-?[0-9]+\.0+"
_EXACT = 2.0**53

Mask = NDArray[np.bool_]
Checks = list[tuple[Mask, str, str]]


def typed(raw: pd.DataFrame) -> pd.DataFrame:
    """Parse the four columns of an interaction.

    Parameters
    ----------
    raw : DataFrame
        Columns user_id, item_id, timestamp, rating as text or numbers, and ``fault``: text or missing.

    Returns
    -------
    DataFrame
        The same rows: user_id and item_id str, timestamp Int64 (UTC seconds), rating Float64, fault str.
        A row keeps its first fault; a value that cannot be parsed is missing.
    """
    columns = {name: _without_missing(raw[name]) for name in (USER, ITEM, TIMESTAMP, RATING)}
    faults = np.array(raw[FAULT].astype(object).where(raw[FAULT].notna(), None), dtype=object)
    parsed = {name: _identifiers(columns[name], faults) for name in (USER, ITEM)}
    seconds = _numbers(columns[TIMESTAMP])
    seconds = _cleared(seconds, columns[TIMESTAMP], _timestamp_checks(seconds, columns[TIMESTAMP]), faults)
    ratings = _numbers(columns[RATING])
    ratings = _cleared(ratings, columns[RATING], _rating_checks(ratings, columns[RATING]), faults)
    return pd.DataFrame(
        {
            **parsed,
            TIMESTAMP: _nullable(seconds, "Int64"),
            RATING: _nullable(ratings, "Float64"),
            FAULT: pd.Series(faults, dtype="str"),
        }
    )


def _without_missing(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column):
        return column
    text = column.str.strip(" \t")
    return text.mask(text.isin(MISSING))


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    if not pd.api.types.is_numeric_dtype(column):
        # pandas would also take "1_000", "inf" and hexadecimal; only plain decimal numbers are meant.
        column = pd.to_numeric(column.where(column.str.fullmatch(_NUMBER).eq(True)), errors="coerce")
    return np.array(column.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _timestamp_checks(seconds: NDArray[np.float64], column: pd.Series) -> Checks:
    present = column.notna().to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        return [
            (present & np.isnan(seconds), "is not a number", "write UTC seconds"),
            (present & (np.abs(seconds) >= _EXACT), "is out of range", "write UTC seconds"),
            (present & (seconds != np.floor(seconds)), "is not a whole number", "write whole UTC seconds"),
        ]


def _rating_checks(ratings: NDArray[np.float64], column: pd.Series) -> Checks:
    present = column.notna().to_numpy(dtype=bool)
    return [
        (present & np.isnan(ratings), "is not a number", "write a number or leave it empty"),
        (present & np.isinf(ratings), "is not finite", "write a number or leave it empty"),
    ]


def _identifiers(column: pd.Series, faults: NDArray[np.object_]) -> pd.Series:
    if pd.api.types.is_float_dtype(column):
        numbers = _numbers(column)
        fractional = ~np.isnan(numbers) & ((numbers != np.floor(numbers)) | (np.abs(numbers) >= _EXACT))
        check = (fractional, "is not a whole number", "write ids as text or whole numbers")
        return _nullable(_cleared(numbers, column, [check], faults), "Int64").astype("str")
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("str")
    present = column.dropna()
    # A column of whole numbers that passed through floats somewhere ("12.0") holds the ids "12".
    if len(present) and present.str.fullmatch(_WHOLE_FLOAT).all():
        return column.str.replace(r"\.0+$", "", regex=True)
    return column.astype("str")


def _cleared(
    numbers: NDArray[np.float64], column: pd.Series, checks: Checks, faults: NDArray[np.object_]
) -> NDArray[np.float64]:
    """Note the faults found by ``checks`` in ``faults`` and return the numbers without the faulty ones."""
    kept = numbers.copy()
    for mask, reason, remedy in checks:
        kept[mask] = np.nan
        rows = np.flatnonzero(mask & pd.isna(faults))
        found = column.iloc[rows]
        faults[rows] = [str(Fault(str(column.name), str(value), reason, remedy)) for value in found]
    return kept


def _nullable(numbers: NDArray[np.float64], dtype: str) -> pd.Series:
    return pd.Series(numbers).astype("Float64").astype(dtype)
