"""A table as a file that is there whole or not at all."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from raie.exceptions import UsageError

CHUNK = 10_000
"""Rows turned into text at a time: the bound on memory."""


def check_target(path: Path) -> Path:
    """Refuse a file that `write_table` could not write, before anything is computed for it.

    Returns
    -------
    Path
        Absolute, links followed.

    Raises
    ------
    UsageError
        If its suffix is unknown, its folder does not exist, or it is a folder itself.
    """
    if path.suffix.lower() not in WRITERS:
        raise UsageError(f"{path} has the unknown file type '{path.suffix}': use one of {', '.join(WRITERS)}")
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file")
    if not path.parent.is_dir():
        raise UsageError(f"folder {path.parent} does not exist: make it first")
    return path.resolve()


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table beside ``path`` and move it there, so that no reader meets half a file.

    The suffix decides: ``.parquet``; ``.json``, a list of one object per row; ``.jsonl``, one per line.

    Raises
    ------
    UsageError
        As for `check_target`, or if the disk refuses.
    """
    target = check_target(path)
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        WRITERS[target.suffix.lower()](table, scratch)
        scratch.replace(target)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}): choose another place") from error
    finally:
        scratch.unlink(missing_ok=True)


def _parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)


def _json(table: pd.DataFrame, path: Path) -> None:
    _write_lines(table, path, before="[\n", between=",\n", after="\n]\n")


def _json_lines(table: pd.DataFrame, path: Path) -> None:
    _write_lines(table, path, before="", between="\n", after="\n" if len(table) else "")


def _write_lines(table: pd.DataFrame, path: Path, *, before: str, between: str, after: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(before)
        for start in range(0, len(table), CHUNK):
            rows: list[dict[Any, Any]] = table.iloc[start : start + CHUNK].to_dict("records")
            lines = between.join(json.dumps(row, ensure_ascii=False) for row in rows)
            file.write(between * bool(start) + lines)
        file.write(after)


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".parquet": _parquet,
    ".json": _json,
    ".jsonl": _json_lines,
}
