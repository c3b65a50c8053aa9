"""What a run refused, as two files: the rows with their reasons, and why files or everything was refused."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

ROWS = "refusals.csv"
REASONS = "reasons.json"


@dataclass(frozen=True)
class Reasons:
    """Why something lies in quarantine."""

    delivery: str | None = None
    """Why everything that was delivered is refused; None where only the files below are."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Why a file is refused as a whole, by its name."""


def write_reasons(folder: Path, reasons: Reasons) -> None:
    """Write ``reasons.json``; the folder must exist."""
    document = {"delivery": reasons.delivery, "files": dict(reasons.files)}
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    (folder / REASONS).write_text(text, encoding="utf-8")


def read_reasons(folder: Path) -> Reasons:
    """Read ``reasons.json``; without one nothing was refused as a whole."""
    file = folder / REASONS
    return Reasons(**json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else Reasons()


def write_refusals(folder: Path, refusals: pd.DataFrame, reasons: Reasons) -> None:
    """Write both files, or neither where nothing was refused.

    Parameters
    ----------
    folder : Path
        An existing folder.
    refusals : DataFrame
        file, line (missing where it is about the whole file), column, value, reason, remedy.
    reasons : Reasons
        What is refused as a whole.
    """
    if len(refusals):
        refusals.to_csv(folder / ROWS, index=False)
    if len(refusals) or reasons != Reasons():
        write_reasons(folder, reasons)
