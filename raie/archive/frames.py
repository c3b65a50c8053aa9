"""Rows of the index as tables, each column of the type it has whatever is in it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

Column = Callable[[Sequence[Any]], Any]


def text(values: Sequence[Any]) -> pd.Series:
    """Text, None where unknown."""
    return pd.Series(values, dtype=object)


def count(values: Sequence[Any]) -> Any:
    """Whole numbers, `pandas.NA` where unknown."""
    return pd.array(list(values), dtype="Int64")


def whole(values: Sequence[Any]) -> Any:
    """Whole numbers, all known."""
    return np.array(values, dtype=np.int64)


def number(values: Sequence[Any]) -> Any:
    """Numbers, NaN where unknown."""
    return np.array(values, dtype=np.float64)


def flag(values: Sequence[Any]) -> Any:
    """Yes or no."""
    return np.array(values, dtype=bool)


def verdict(values: Sequence[Any]) -> pd.Series:
    """Yes, no, or None where nothing was said."""
    return pd.Series([None if value is None else bool(value) for value in values], dtype=object)


def document(values: Sequence[Any]) -> pd.Series:
    """Lists or dictionaries, kept as JSON."""
    return pd.Series([json.loads(value) for value in values], dtype=object)


def frame(rows: Sequence[tuple[Any, ...]], columns: Mapping[str, Column]) -> pd.DataFrame:
    """Table of rows whose fields stand in the order of ``columns``."""
    fields = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pd.DataFrame(
        {name: make(values) for (name, make), values in zip(columns.items(), fields, strict=True)}
    )
