"""Where summaries lie: ``reports/<date>/``, the date's newest run in front, earlier ones kept behind it."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from raie.exceptions import MissingError
from raie.reports.unpromoted import DATED
from raie.snapshots.ids import is_id
from raie.snapshots.tags import checked_id, order_of

REPORTS = Path("reports")
PAGE, DOCUMENT, TEXT, GATES = "summary.html", "summary.json", "summary.txt", "gates.html"


def store_summary(repository: Path, date: str, files: Mapping[str, str]) -> Path:
    """Write the files of one run's summary, each at once and whole.

    The files of an earlier run of that date are kept in ``earlier-1``, ``earlier-2`` and so on.

    Returns
    -------
    Path
        The folder.
    """
    folder = repository / REPORTS / checked_id(date)
    folder.mkdir(parents=True, exist_ok=True)
    _keep_earlier(folder)
    for name, text in files.items():
        handle, scratch = tempfile.mkstemp(dir=folder, prefix=".")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(scratch).chmod(0o644)
        Path(scratch).replace(folder / name)
    return folder


def find_summary(repository: Path, date: str | None, name: str) -> Path:
    """File of a date's summary, or of the newest date's.

    Raises
    ------
    MissingError
        If there is none.
    UsageError
        If the date is none.
    """
    folders = f"{DATED}*" if date is None else checked_id(date)
    found = [file for file in (repository / REPORTS).glob(f"{folders}/{name}") if is_id(file.parent.name)]
    if not found:
        of_date = f" of {date}" if date else ""
        raise MissingError(f"there is no summary{of_date} in {REPORTS}: every run writes one at its end")
    # the newest run, which need not have the latest date: a rollback comes after a refused night
    return max(found, key=lambda file: (file.stat().st_mtime_ns, order_of(file.parent.name)))


def _keep_earlier(folder: Path) -> None:
    present = [folder / name for name in (PAGE, DOCUMENT, TEXT, GATES) if (folder / name).is_file()]
    if not present:
        return
    numbered = (folder / f"earlier-{number}" for number in itertools.count(1))
    free = next(path for path in numbered if not path.exists())
    scratch = Path(tempfile.mkdtemp(dir=folder, prefix="."))
    for file in present:
        shutil.copy2(file, scratch)
    scratch.chmod(0o755)
    scratch.rename(free)
