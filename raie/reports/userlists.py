"""Lists of users that somebody asks about."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from raie.columns import USER
from raie.exceptions import UsageError


def asked_users(user: str | None, file: Path | None) -> list[str] | None:
    """Return who is asked about: one user, those of a file, or None for everybody.

    Raises
    ------
    UsageError
        If both are given, or as for `read_users`.
    """
    if user is not None and file is not None:
        raise UsageError(f"user {user!r} and file {file} are both given: ask for one of them")
    return [user] if user is not None else None if file is None else read_users(file)


def read_users(path: Path) -> list[str]:
    """Read user ids, each once, in the order of the file.

    The suffix decides: ``.csv`` and ``.parquet`` hold a column ``user_id``, any other file one id per line.
    Blanks around an id and empty ids are left out.

    Raises
    ------
    UsageError
        If the file is missing, empty, unreadable or not UTF-8 text, or has no column ``user_id``.
    """
    if not path.is_file():
        raise UsageError(f"{path} does not exist or is not a file: correct the path")
    readers = {".parquet": _from_parquet, ".csv": _from_csv}
    users = _distinct(readers.get(path.suffix.lower(), _from_lines)(path))
    if not users:
        raise UsageError(f"{path} holds no user ids: write at least one")
    return users


def _distinct(ids: Iterable[str | None]) -> list[str]:
    stripped = (user.strip(" \t\r") for user in ids if user is not None)
    return list(dict.fromkeys(user for user in stripped if user))


def _text(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): correct the path") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: save it as UTF-8") from error
    if "\0" in text:
        raise UsageError(f"{path} is not text (it holds zero bytes): save it as UTF-8")
    if not text.strip(" \t\r\n"):
        raise UsageError(f"{path} is empty: write at least one user id")
    return text


def _from_lines(path: Path) -> list[str | None]:
    return [*_text(path).split("\n")]


def _from_csv(path: Path) -> list[str | None]:
    try:
        rows = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True, skipinitialspace=True)
        names = [name.strip() for name in rows.fieldnames or ()]
        rows.fieldnames = _checked(path, names)
        return [row[USER] for row in rows]
    except csv.Error as error:
        raise UsageError(f"{path} is not readable CSV ({error}): write it again") from error


def _from_parquet(path: Path) -> list[str | None]:
    try:
        file = pq.ParquetFile(path)
        _checked(path, file.schema_arrow.names)
        column = file.read(columns=[USER]).column(USER)
    except (OSError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path} is not readable Parquet ({reason}): write it again") from error
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)):
        raise UsageError(f"{path}: column '{USER}' holds {kind}: write text or whole numbers")
    return list(column.cast(pa.string()).to_pylist())


def _checked(path: Path, names: list[str]) -> list[str]:
    if names.count(USER) != 1:
        how = "no column" if USER not in names else "more than one column"
        found = ", ".join(names) or "nothing"
        raise UsageError(
            f"{path} has {how} '{USER}', found: {found}: name it, or list one id per line in a .txt file"
        )
    return names
