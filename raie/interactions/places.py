"""Where the wanted columns stand in a file."""

from collections.abc import Sequence
from pathlib import Path

from raie.exceptions import UsageError
from raie.params import Columns

Places = tuple[int, int, int, int | None]
"""Zero-based positions of user, item, timestamp and rating; a rating may be absent."""


def position(path: Path, wanted: str | int, found: Sequence[str]) -> int:
    """Return where the wanted column stands among those found.

    Raises
    ------
    UsageError
        If the column is missing or its name stands there twice.
    """
    listed = ", ".join(found)
    if isinstance(wanted, int):
        if not 0 <= wanted < len(found):
            raise UsageError(
                f"{path} has no column at position {wanted}, it holds {len(found)} ({listed}): "
                "correct data.columns or data.header"
            )
        return wanted
    if found.count(wanted) != 1:
        how = "no column" if wanted not in found else "more than one column"
        raise UsageError(f"{path} has {how} '{wanted}', found: {listed}: correct data.columns or the file")
    return found.index(wanted)


def column_places(path: Path, columns: Columns, names: Sequence[str] | None, width: int) -> Places:
    """Return the positions of a text file's columns.

    Parameters
    ----------
    path : Path
        The file, for messages.
    columns : Columns
        Wanted names or positions.
    names : sequence of str or None
        The header; None: the file has none.
    width : int
        Fields per line.

    Raises
    ------
    UsageError
        If a column is missing, or is named although there is no header.
    """
    wanted = (columns.user_id, columns.item_id, columns.timestamp)
    named = next((name for name in (*wanted, columns.rating) if isinstance(name, str)), None)
    if names is None and named is not None:
        raise UsageError(
            f"{path} is read without a header, so column '{named}' cannot be found by name: "
            "give zero-based positions in data.columns, or set data.header to true"
        )
    found = names if names is not None else [str(place) for place in range(width)]
    user, item, timestamp = (position(path, name, found) for name in wanted)
    return user, item, timestamp, None if columns.rating is None else position(path, columns.rating, found)
