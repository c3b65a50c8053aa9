"""What a gate decided about a batch of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import FILE, LINE
from raie.interactions.faults import shown

REFUSAL = (FILE, LINE, "column", "value", "reason", "remedy")
"""Columns of the refusals, in order."""


@dataclass(frozen=True)
class Verdict:
    """Which rows are accepted, why the others are not, and whether the batch as a whole passes."""

    accepted: NDArray[np.bool_]
    """Mask over the staged rows, shape (N,)."""
    refusals: pd.DataFrame
    """file, line, column, value, reason, remedy: one row per refused row, by file and line."""
    expectations: Sequence[Mapping[str, Any]]
    """Result of every expectation: suite, expectation, column, success, unexpected (count)."""
    min_rows: int
    max_refused_share: float
    as_of: int
    """UTC seconds; interactions at or after it lie in the future."""

    @property
    def n_rows(self) -> int:
        """Rows judged."""
        return len(self.accepted)

    @property
    def n_accepted(self) -> int:
        """Rows accepted."""
        return int(np.count_nonzero(self.accepted))

    @property
    def refused_share(self) -> float:
        """Share of refused rows; 0 for an empty batch."""
        return len(self.refusals) / self.n_rows if self.n_rows else 0.0

    @property
    def passed(self) -> bool:
        """Whether few enough rows are refused and enough are accepted."""
        return self.refused_share <= self.max_refused_share and self.n_accepted >= self.min_rows

    def document(self) -> dict[str, Any]:
        """Return the verdict as what JSON can hold: counts, thresholds and every expectation's result."""
        return {
            "passed": self.passed,
            "headline": self.headline(),
            "counts": {
                "rows": self.n_rows,
                "accepted": self.n_accepted,
                "refused": len(self.refusals),
                "refused_share": self.refused_share,
            },
            "thresholds": {
                "min_rows": self.min_rows,
                "max_refused_share": self.max_refused_share,
                "as_of": self.as_of,
            },
            "reasons": {str(k): int(n) for k, n in self.refusals["reason"].value_counts(sort=False).items()},
            "expectations": [dict(result) for result in self.expectations],
        }

    def headline(self) -> str:
        """Return one line: the first refusal and how many more there are, or what was accepted."""
        if len(self.refusals):
            first = self.refusals.iloc[0]
            more = f" (and {len(self.refusals) - 1} more rows refused)" if len(self.refusals) > 1 else ""
            found = (
                "is missing"
                if pd.isna(first["value"])
                else f"{shown(str(first['value']))!r} {first['reason']}"
            )
            return f"{first[FILE]}, line {first[LINE]}, {first['column']}: {found}; {first['remedy']}{more}"
        if self.n_accepted < self.min_rows:
            return f"{self.n_accepted} rows accepted, gates.min_rows = {self.min_rows}: send more or lower it"
        return f"{self.n_accepted} rows accepted, none refused"
