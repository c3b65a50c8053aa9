"""The verdict on every file of a delivery."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import FILE, LINE
from raie.gates.interactions.filerules import count_by_file
from raie.gates.interactions.refusals import sentence
from raie.gates.interactions.verdict import FileVerdict
from raie.interactions.delivery import Delivery


def file_verdicts(
    delivery: Delivery,
    *,
    accepted: NDArray[np.bool_],
    duplicate: NDArray[np.bool_],
    whole: Collection[str],
    refusals: pd.DataFrame,
) -> tuple[FileVerdict, ...]:
    """Sum up per file.

    Parameters
    ----------
    delivery : Delivery
        The files.
    accepted, duplicate : array of bool, shape (N,)
        What became of the delivery's rows; the others are refused.
    whole : collection of str
        Files refused as a whole.
    refusals : DataFrame
        As ``list_refusals`` returns it.
    """
    names, of_row = list(delivery.files), delivery.rows[FILE]
    masks = (np.ones(len(of_row), dtype=np.bool_), accepted, duplicate)
    counted = np.stack([count_by_file(of_row[mask], names) for mask in masks], axis=1).tolist()
    own = dict(iter(refusals[refusals[LINE].notna()].groupby(FILE)))
    verdicts = []
    for name, (rows, taken, dropped) in zip(names, counted, strict=True):
        file = FileVerdict(name, rows, taken, dropped, rows - taken - dropped, name not in whole, "")
        verdicts.append(replace(file, headline=_headline(file, delivery.unreadable.get(name), own.get(name))))
    return tuple(verdicts)


def _headline(file: FileVerdict, unreadable: str | None, own: pd.DataFrame | None) -> str:
    if unreadable is not None:
        return unreadable
    if own is not None:
        if not file.passed:
            more = f" ({len(own)} of {file.rows} rows are at fault: the whole file is refused)"
        else:
            more = f" (and {len(own) - 1} more rows refused)" if len(own) > 1 else ""
        return sentence(own.iloc[0].to_dict()) + more
    if not file.passed:
        return f"{file.file}: refused with everything else that was delivered"
    dropped = f", {file.duplicates} duplicates dropped" if file.duplicates else ""
    return f"{file.file}: {file.accepted} rows accepted{dropped}"
