"""Ids of snapshots and candidates: a UTC date, and a number behind it for the second of that date and on."""

import datetime
import itertools
import re
from collections.abc import Collection

from raie.exceptions import UsageError

PREFIX = "snapshot/"
CANDIDATE_PREFIX = "candidate/"
_DATE_LENGTH = len("2024-03-01")
_NUMBERED = re.compile(r"-([2-9]|[1-9][0-9]+)")


def checked_id(snapshot: str) -> str:
    """Return the id if it is an ISO date, numbered or not: it may stand in a tag, a path or a command.

    Raises
    ------
    UsageError
        If it is none.
    """
    identifier = snapshot.removeprefix(PREFIX)
    if not is_id(identifier):
        raise UsageError(
            f"snapshot id {snapshot!r} is not a date: write YYYY-MM-DD, or YYYY-MM-DD-2 for the second of it"
        )
    return identifier


def checked_date(text: str) -> str:
    """Return the text if it is an ISO date, with nothing behind it.

    Raises
    ------
    UsageError
        If it is none.
    """
    if not _is_date(text):
        raise UsageError(f"{text!r} is not a date: write YYYY-MM-DD")
    return text


def tag_of(name: str) -> str:
    """Tag of a snapshot id; a candidate is named by its tag."""
    identifier = name.removeprefix(CANDIDATE_PREFIX)
    if name.startswith(CANDIDATE_PREFIX) and is_id(identifier):
        return name
    return PREFIX + checked_id(name)


def date_of(identifier: str) -> str:
    """UTC date of an id, whatever its number."""
    return identifier[:_DATE_LENGTH]


def order_of(identifier: str) -> tuple[str, int]:
    """What ids sort by: date, then number, of which the first of a date is 1."""
    return date_of(identifier), int(identifier[_DATE_LENGTH + 1 :] or 1)


def numbered_after(identifier: str, taken: Collection[str]) -> str:
    """The id itself, or with the first number that is free on its date where it is taken."""
    numbered = (f"{date_of(identifier)}-{number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([identifier], numbered) if each not in taken)


def is_id(text: str) -> bool:
    """Whether a text is the id of a snapshot or of a candidate."""
    number = text[_DATE_LENGTH:]
    return _is_date(date_of(text)) and (not number or _NUMBERED.fullmatch(number) is not None)


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
