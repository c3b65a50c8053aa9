"""A delivery: any number of files, read one by one, those that cannot be read kept apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from raie.columns import FAULT, FILE, ITEM, LINE, RATING, TIMESTAMP, USER
from raie.exceptions import UsageError
from raie.interactions.readers import read_staged
from raie.params import DataParams

_TYPES = {
    USER: "str",
    ITEM: "str",
    TIMESTAMP: "Int64",
    RATING: "Float64",
    FILE: "str",
    LINE: "int64",
    FAULT: "str",
}


@dataclass(frozen=True)
class Delivery:
    """What was delivered, before anything is judged."""

    files: tuple[str, ...]
    """Names, in the order in which their rows arrive."""
    rows: pd.DataFrame
    """Staged rows of the readable files, one file after another."""
    unreadable: Mapping[str, str]
    """Why a file as a whole cannot be read, by its name."""


def read_delivery(paths: Sequence[Path], data: DataParams) -> Delivery:
    """Read files in the order of their names.

    Parameters
    ----------
    paths : sequence of Path
        The files, no two of one name; none: an empty delivery.
    data : DataParams
        Which columns hold what.
    """
    tables, unreadable = [_no_rows()], {}
    ordered = sorted(paths, key=lambda path: path.name)
    for path in ordered:
        try:
            tables.append(read_staged(path, data))
        except UsageError as error:
            # The file will lie elsewhere by the time somebody reads this.
            unreadable[path.name] = str(error).replace(str(path), path.name)
    rows = pd.concat(tables[1:] or tables, ignore_index=True)
    return Delivery(tuple(path.name for path in ordered), rows, unreadable)


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in _TYPES.items()})
