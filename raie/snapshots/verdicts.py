"""What was decided about a run's candidate, as its work tree says."""

import json
from pathlib import Path
from typing import Any

from raie.exceptions import MissingError

PROMOTION = Path("data/gates/promotion.json")


def promotion_of(worktree: Path) -> dict[str, Any]:
    """Verdict on the candidate in a run's work tree, as stage promote wrote it.

    Raises
    ------
    MissingError
        If there is no verdict yet.
    """
    path = worktree / PROMOTION
    if not path.is_file():
        raise MissingError(f"no verdict at {path}: run the stage promote first")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def promoted(worktree: Path) -> bool:
    """Whether the candidate in a run's work tree may become champion."""
    return bool(promotion_of(worktree)["promoted"])
