"""Rebuilt outputs, kept for the snapshots that start from them."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from raie.reproduction.compare import outputs_at_head, rebuilt_outputs


@dataclass(frozen=True)
class Shelf:
    """Rebuilt outputs by the hash of the stored output that each one stands for.

    Attributes
    ----------
    folder : Path
    wanted : frozenset of str
        Stored hashes that a later snapshot's pointers name; nothing else is kept.
    """

    folder: Path
    wanted: frozenset[str]
    _entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def keep(self, worktree: Path) -> None:
        """Copy what is wanted out of a work tree whose stages have run."""
        rebuilt = rebuilt_outputs(worktree)
        for output in outputs_at_head(worktree):
            if output.md5 in self.wanted and output.md5 not in self._entries:
                shutil.copytree(worktree / output.path, self.folder / output.md5)
                self._entries[output.md5] = rebuilt[output.path].entry

    def place(self, worktree: Path, pointers: Iterable[Path]) -> list[Path]:
        """Put rebuilt outputs where pointers name stored ones, and return the pointers of all else.

        Parameters
        ----------
        worktree : Path
            Before its stages run.
        pointers : iterable of Path
            Its pointers; where the rebuilt output is another one than the stored, they are written anew.
        """
        others = []
        for pointer in pointers:
            (stored,) = yaml.safe_load(pointer.read_text(encoding="utf-8"))["outs"]
            entry = self._entries.get(stored["md5"])
            if entry is None:
                others.append(pointer)
                continue
            shutil.copytree(self.folder / stored["md5"], pointer.with_suffix(""))
            if entry["md5"] != stored["md5"]:
                now = {"outs": [{**entry, "path": stored["path"]}]}
                pointer.write_text(yaml.safe_dump(now, sort_keys=False), encoding="utf-8")
        return others
