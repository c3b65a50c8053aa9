"""What is expected of every delivered file: one row per file."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import FAULT, FILE
from raie.gates.rules import between
from raie.gates.suites import Rule
from raie.interactions.delivery import Delivery
from raie.params import InteractionGateParams

ROWS = "rows"
SHARE = "refused_share"


def file_table(delivery: Delivery, refused: NDArray[np.bool_]) -> pd.DataFrame:
    """Return one row per file, as delivered.

    Parameters
    ----------
    delivery : Delivery
        The files.
    refused : array of bool, shape (N,)
        Which of the delivery's rows fail a rule on rows.

    Returns
    -------
    DataFrame
        file str, rows int64, refused_share float64 (0 where no row could be read), fault str or missing.
    """
    names, of_row = list(delivery.files), delivery.rows[FILE]
    rows = count_by_file(of_row, names)
    share = count_by_file(of_row[refused], names) / np.maximum(rows, 1)
    faults = pd.Series([delivery.unreadable.get(name) for name in names], dtype="str")
    return pd.DataFrame({FILE: pd.Series(names, dtype="str"), ROWS: rows, SHARE: share, FAULT: faults})


def count_by_file(of_row: pd.Series, names: list[str]) -> NDArray[np.int64]:
    """Count the rows of every named file."""
    counts = of_row.value_counts().reindex(names, fill_value=0)
    return np.asarray(counts, dtype=np.int64)


def file_rules(params: InteractionGateParams) -> list[Rule]:
    """Return what is expected of every file alone: one that fails is refused as a whole."""
    again = "correct the file and deliver it again"
    return [
        Rule("ExpectColumnValuesToBeNull", {"column": FAULT}, "cannot be read", again),
        between(
            SHARE,
            None,
            params.max_refused_share,
            f"exceeds gates.interactions.max_refused_share = {params.max_refused_share:g}",
            again,
        ),
    ]
