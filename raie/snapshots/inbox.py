"""The inbox: which delivered files are due, and where they go once accepted or refused."""

import filecmp
import itertools
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd

from raie.columns import TIMESTAMP
from raie.exceptions import MissingError
from raie.interactions.prepare import GENESIS, Prepared, prepare
from raie.interactions.quarantine import Reasons, read_reasons, write_reasons
from raie.interactions.synthetic.titles import title_items
from raie.interactions.table import day_of
from raie.params import ITEMS_FILE, Params

INBOX = Path("data/inbox")
QUARANTINE = Path("data/quarantine")

_DATED = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})")


def inbox_folder(repository: Path) -> Path:
    """``data/inbox`` of the operator's checkout."""
    return repository / INBOX


def genesis_file(repository: Path) -> Path:
    """Where the prepared Set-up lies."""
    return inbox_folder(repository) / GENESIS


def prepare_inbox(repository: Path, params: Params) -> Prepared:
    """Read the source named in params and drop it into the inbox: Set-up, then one file per later day.

    The embedded population also has titles for its items, which lie beside the inbox.
    """
    prepared = prepare(
        params.data,
        params.synthetic,
        seed=params.compute.seed,
        out=inbox_folder(repository),
        genesis_until=params.nights.genesis_until,
        setup_quantile=params.nights.setup_quantile,
    )
    if prepared.truth is not None:
        title_items(prepared.truth.items).to_csv(repository / ITEMS_FILE, index=False)
    return prepared


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


def accept_delivery(repository: Path, worktree: Path, date: str, files: list[Path]) -> Path | None:
    """Take accepted files out of the inbox, and move those refused as a whole to quarantine.

    The snapshot holds what was accepted, so a file that a killed call leaves behind is delivered again and
    adds nothing. One that was replaced while the run read its copy is a new delivery and stays.

    Parameters
    ----------
    repository : Path
        Root of the operator's checkout.
    worktree : Path
        Work tree of the run, after its snapshot was tagged.
    date : str
        The night.
    files : list of Path
        What was delivered, in the inbox of ``repository``.

    Returns
    -------
    Path or None
        Folder with the refused files and rows, relative to ``repository``; None where nothing was refused.
    """
    judged = [file for file in files if _is_copied(file, worktree)]
    reasons, kept = read_reasons(worktree / QUARANTINE), None
    if judged and any((worktree / QUARANTINE).glob("*")):
        refused = [file for file in judged if file.name in reasons.files]
        kept = _keep(repository, worktree, date, refused, reasons)
    for file in judged:
        if file.name not in reasons.files:
            file.unlink()
    return kept


def was_refused(worktree: Path) -> bool:
    """Whether the gate on interactions has said no to everything that was delivered."""
    document = worktree / "data" / "gates" / "interactions.json"
    return document.is_file() and not json.loads(document.read_text(encoding="utf-8"))["passed"]


def refuse_delivery(repository: Path, worktree: Path, date: str, files: list[Path], *, reason: str) -> Path:
    """Move everything that was delivered to quarantine, whoever refused it.

    Parameters
    ----------
    repository, worktree, date, files : Path, Path, str, list of Path
        As for ``accept_delivery``. A file replaced while the run read its copy stays in the inbox.
    reason : str
        One line: why.

    Returns
    -------
    Path
        ``data/quarantine/<date>``, numbered if taken, relative to ``repository``: the files, refused rows in
        ``refusals.csv``, reasons in ``reasons.json``.
    """
    copies = worktree / INBOX
    delivered = [file for file in files if not (copies / file.name).exists() or _is_copied(file, worktree)]
    reasons = replace(read_reasons(worktree / QUARANTINE), delivery=reason)
    return _keep(repository, worktree, date, [file for file in delivered if file.exists()], reasons)


def _is_copied(file: Path, worktree: Path) -> bool:
    """Whether the inbox still holds what the run has read."""
    copy = worktree / INBOX / file.name
    return file.is_file() and copy.is_file() and filecmp.cmp(file, copy, shallow=False)


def _keep(repository: Path, worktree: Path, date: str, files: list[Path], reasons: Reasons) -> Path:
    """Bring a run's refusals, then the files they are about, into a folder of their own."""
    folder = _free(repository / QUARANTINE / date)
    if (worktree / QUARANTINE).is_dir():
        shutil.copytree(worktree / QUARANTINE, folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_reasons(folder, reasons)
    for file in files:
        shutil.move(file, _free(folder / file.name))
    return folder.relative_to(repository)


def _free(path: Path) -> Path:
    """The path itself, or with a number behind it where something lies there already: nothing is lost."""
    numbered = (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))
    return next(free for free in itertools.chain([path], numbered) if not free.exists())
