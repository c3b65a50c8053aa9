"""What a snapshot remembers of its regions, described."""

from pathlib import Path

import numpy as np

from raie.lives.description import Description, describe
from raie.lives.itemtable import Items
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.cached import cached_files, files_of

_MEMORY = "data/regions/memory"
_HISTORIES, _NEXT, _USERS, _REGIONS = (
    f"{_MEMORY}/{name}.npy" for name in ("histories", "next_items", "user_ids", "regions")
)
_VOCABULARY = "data/histories/vocabulary.json"
_FILES = (_HISTORIES, _NEXT, _USERS, _REGIONS, _VOCABULARY)


def describe_at_hand(repository: Path, snapshot: str, items: Items) -> dict[str, Description] | None:
    """Describe the regions of a snapshot by region id; None where DVC's cache lacks its memory."""
    found = {path: file for (_, path), file in cached_files(repository, [snapshot], *_FILES).items()}
    return _described(found, items) if len(found) == len(_FILES) else None


def describe_regions(repository: Path, snapshot: str, items: Items) -> dict[str, Description]:
    """Describe the regions of a snapshot by region id, from a remote where the cache lacks its memory.

    Raises
    ------
    MissingError
        If it is in neither.
    """
    return _described(files_of(repository, snapshot, *_FILES), items)


def _described(files: dict[str, Path], items: Items) -> dict[str, Description]:
    arrays = {path: np.load(file, allow_pickle=False) for path, file in files.items() if path != _VOCABULARY}
    return describe(
        np.column_stack([arrays[_HISTORIES], arrays[_NEXT]]),
        arrays[_REGIONS],
        arrays[_USERS],
        vocabulary=Vocabulary.load(files[_VOCABULARY]).items,
        items=items,
    )
