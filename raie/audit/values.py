"""Values as the page's JSON holds them: short, and never what JSON has no word for."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

RECALL_DIGITS = 4
HASH_LENGTH = 12


def plain(value: Any) -> Any:
    """A table's value for JSON: None where it is missing or not finite, Python's own number otherwise."""
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.generic):
        return value.item()
    return None if value is pd.NA else value


def rounded(value: Any, digits: int = RECALL_DIGITS) -> Any:
    """A number with so many decimals, a whole one without any; None where it is missing."""
    number = plain(value)
    return _short(round(number, digits)) if isinstance(number, float) else number


def significant(value: Any, digits: int = 4) -> Any:
    """A number with so many significant digits; None where it is missing."""
    number = plain(value)
    return _short(float(f"{number:.{digits}g}")) if isinstance(number, float) else number


def _short(number: float) -> int | float:
    """A whole number without its decimal point."""
    return int(number) if number.is_integer() else number


def column(values: Iterable[Any], digits: int = RECALL_DIGITS) -> list[Any]:
    """Every value rounded."""
    known = values.tolist() if isinstance(values, pd.Series | np.ndarray) else values
    return [rounded(value, digits) for value in known]
