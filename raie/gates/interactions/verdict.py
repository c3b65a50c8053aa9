"""What the gate on interactions decided about a delivery: files, rows, and the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import FILE, LINE
from raie.interactions.quarantine import Reasons


@dataclass(frozen=True)
class FileVerdict:
    """What became of one file; its rows are accepted, dropped as duplicates, or refused."""

    file: str
    rows: int
    """0 where the file cannot be read."""
    accepted: int
    duplicates: int
    refused: int
    passed: bool
    """False: refused as a whole, none of its rows is accepted."""
    headline: str

    @property
    def clean(self) -> bool:
        """Whether nothing in it is refused."""
        return self.passed and not self.refused


@dataclass(frozen=True)
class Verdict:
    """Which rows are accepted, and why the others are not."""

    accepted: NDArray[np.bool_]
    """Mask over the delivery's rows, shape (N,)."""
    files: Sequence[FileVerdict]
    refusals: pd.DataFrame
    """file, line, column, value, reason, remedy: a line per refused row and per refused file."""
    fault: str | None
    """Why everything is refused; None where the delivery passes."""
    warnings: Sequence[str]
    expectations: Sequence[Mapping[str, Any]]
    measured: Mapping[str, float]
    thresholds: Mapping[str, Any]

    @property
    def passed(self) -> bool:
        """Whether the run may go on, if need be without some of the files."""
        return self.fault is None

    @property
    def clean(self) -> bool:
        """Whether nothing is refused, no file and no row."""
        return self.passed and all(file.clean for file in self.files)

    def count(self, what: str) -> int:
        """Sum of ``rows``, ``accepted``, ``duplicates`` or ``refused`` over the files."""
        return sum(getattr(file, what) for file in self.files)

    @property
    def reasons(self) -> Reasons:
        """What is refused as a whole."""
        return Reasons(self.fault, {file.file: file.headline for file in self.files if not file.passed})

    def document(self) -> dict[str, Any]:
        """Return the verdict as what JSON can hold: counts, thresholds and every expectation's result."""
        counts = {what: self.count(what) for what in ("rows", "accepted", "duplicates", "refused")}
        return {
            "gate": "interactions",
            "passed": self.passed,
            "headline": self.headline(),
            "counts": {**counts, "refused_share": counts["refused"] / max(1, counts["rows"])},
            "measured": dict(self.measured),
            "thresholds": dict(self.thresholds),
            "warnings": list(self.warnings),
            "reasons": self._refused_by_reason(),
            "files": [asdict(file) for file in self.files],
            "expectations": [dict(result) for result in self.expectations],
        }

    def headline(self) -> str:
        """Return one line: how much was accepted, and the first thing that was not."""
        at_fault = set(self.refusals[FILE])
        wrong = [file for file in self.files if file.file in at_fault]
        more = f" (and {len(wrong) - 1} more files)" if len(wrong) > 1 else ""
        return "; ".join([self.fault or self._total(), *(file.headline + more for file in wrong[:1])])

    def _total(self) -> str:
        if not self.files:
            return "nothing was delivered"
        total = [f"{self.count('accepted')} rows accepted"]
        duplicates, refused = self.count("duplicates"), self.count("refused")
        whole = len(self.reasons.files)
        total += [f"{duplicates} duplicates dropped"] if duplicates else []
        total += [f"{refused} rows refused"] if refused else []
        total += [f"{whole} of {len(self.files)} files refused"] if whole else []
        return ", ".join(total if refused or whole else [*total, "none refused"])

    def _refused_by_reason(self) -> dict[str, int]:
        """Refused rows by reason; those without a fault of their own share the fate of their file."""
        own = self.refusals.loc[self.refusals[LINE].notna(), "reason"].value_counts(sort=False)
        shared = self.count("refused") - int(own.sum())
        reasons = {str(reason): int(count) for reason, count in own.items()}
        return {**reasons, "stands in what is refused as a whole": shared} if shared else reasons
