"""The inbox: which delivered files are due, and where they go once accepted or refused."""

import filecmp
import itertools
import json
import re
import shutil
from pathlib import Path

import pandas as pd

from raie.columns import TIMESTAMP
from raie.exceptions import MissingError
from raie.interactions.prepare import GENESIS, Prepared, prepare
from raie.interactions.table import day_of
from raie.params import Params

_DATED = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})")


def inbox_folder(repository: Path) -> Path:
    """``data/inbox`` of the operator's checkout."""
    return repository / "data" / "inbox"


def genesis_file(repository: Path) -> Path:
    """Where the prepared Set-up lies."""
    return inbox_folder(repository) / GENESIS


def prepare_inbox(repository: Path, params: Params) -> Prepared:
    """Read the source named in params and drop it into the inbox: Set-up, then one file per later day."""
    return prepare(
        params.data,
        params.synthetic,
        seed=params.compute.seed,
        out=inbox_folder(repository),
        genesis_until=params.nights.genesis_until,
        setup_quantile=params.nights.setup_quantile,
    )


def genesis_date(repository: Path) -> str:
    """UTC date of the prepared Set-up's last event.

    Raises
    ------
    MissingError
        If nothing was prepared.
    """
    file = genesis_file(repository)
    if not file.is_file():
        raise MissingError("data/inbox holds no prepared Set-up: run raie data prepare first")
    return str(day_of([pd.read_parquet(file, columns=[TIMESTAMP])[TIMESTAMP].max()])[0])


def due_files(repository: Path, date: str) -> list[Path]:
    """Files to be read on ``date``: those named after a later date wait, all others are due.

    Raises
    ------
    MissingError
        If there is no inbox.
    """
    folder, due = inbox_folder(repository), []
    if not folder.is_dir():
        raise MissingError(f"{folder} does not exist: make it, empty if nothing was delivered")
    for path in sorted(folder.iterdir()):
        dated = _DATED.match(path.name)
        waits = dated is not None and dated.group(1) > date
        if path.is_file() and not waits and not path.name.startswith((".", GENESIS)):
            due.append(path)
    return due


def accept_delivery(repository: Path, worktree: Path, date: str, files: list[Path]) -> None:
    """Take accepted files out of the inbox (the snapshot holds them) and show the rows it refused.

    A file that was replaced while the run read its copy is a new delivery and stays.
    """
    refused = worktree / "data" / "quarantine"
    if refused.is_dir() and any(refused.iterdir()):
        shutil.copytree(refused, _quarantine(repository, date))
    for file in files:
        if filecmp.cmp(file, worktree / "data" / "inbox" / file.name, shallow=False):
            file.unlink()


def was_refused(worktree: Path) -> bool:
    """Whether the gate on interactions has said no to what was delivered."""
    document = worktree / "data" / "gates" / "interactions.json"
    return document.is_file() and not json.loads(document.read_text(encoding="utf-8"))["passed"]


def refuse_delivery(repository: Path, worktree: Path, date: str, files: list[Path]) -> Path:
    """Move refused files, with the reasons row by row, to ``data/quarantine/<date>``, numbered if taken."""
    folder = _quarantine(repository, date)
    refused = worktree / "data" / "quarantine"
    if refused.is_dir():
        shutil.copytree(refused, folder)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.move(file, _free(folder / file.name))
    return folder.relative_to(repository)


def _quarantine(repository: Path, date: str) -> Path:
    return _free(repository / "data" / "quarantine" / date)


def _free(path: Path) -> Path:
    """The path itself, or with a number behind it where something lies there already: nothing is lost."""
    numbered = (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))
    return next(free for free in itertools.chain([path], numbered) if not free.exists())
