"""Where cells lie: `<dataset>/<protocol>/<backbone>/<method>/<seed>.json` with its ranks beside it."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from raie.exceptions import UsageError
from raie.experiments.cells.question import Question
from raie.sequences.windows import Windows

FORMAT = 1
RANKS = ".parquet"
QUESTION = "question.json"


def cell_path(folder: Path, question: Question, method: str, seed: int) -> Path:
    """Return where a cell's document lies; its ranks have another suffix."""
    return folder / question.folder / method / f"{seed}.json"


def trial_path(folder: Path, question: Question, method: str, trial: int) -> Path:
    """Return where a trial's document lies."""
    return folder / question.folder / method / "trials" / f"{trial}.json"


def backbone_home(folder: Path, question: Question, seed: int) -> Path:
    """Return the folder of a seed's backbone."""
    return folder / question.folder / "backbones" / str(seed)


def claim(folder: Path, question: Question) -> None:
    """Mark the folder of a question's cells as its own.

    Raises
    ------
    UsageError
        If it holds cells of another question: other data, another protocol, backbone or budget.
    """
    path = folder / question.folder / QUESTION
    found = read_json(path)
    # whoever claimed a folder and made nothing in it has asked wrongly
    if found is None or not _holds_anything(path.parent):
        write_document(path, {"question": question.digest, **question.model_dump(mode="json")})
    elif found.get("question") != question.digest:
        differing = [
            name for name, value in question.model_dump(mode="json").items() if found.get(name) != value
        ]
        changed = ", ".join(name for name in differing if name != "file") or "something"
        raise UsageError(
            f"{path.parent} holds cells of another question ({changed} differs): "
            "use another --out, or remove it"
        )


def _holds_anything(place: Path) -> bool:
    return any(each.is_file() and each.name != QUESTION for each in place.rglob("*"))


def read_document(path: Path, question: Question) -> dict[str, Any] | None:
    """Read a document of this very question; None where there is none, or it is of another question."""
    document = read_json(path)
    return document if document and document.get("question") == question.digest else None


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None where there is none, or what is there is broken."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Write a document whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def write_ranks(path: Path, scored: dict[str, Windows], ranks: dict[str, np.ndarray]) -> None:
    """Write the rank of every scored window."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.concat(
        pd.DataFrame({"part": part, "user_id": windows.user_ids.astype(str), "rank": ranks[part]})
        for part, windows in scored.items()
    )
    part = path.with_suffix(f".{os.getpid()}.part")
    table.to_parquet(part, index=False)
    part.replace(path)
