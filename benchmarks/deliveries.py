"""What is delivered in a month: each day's file, on some days with a fault planted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

FIRST, N_NIGHTS = "2013-03-18", 30
KEY = ["user_id", "item_id", "timestamp"]


@dataclass
class Feed:
    """What upstream holds: one table per day, and what of it was ever delivered in good order."""

    days: dict[str, pd.DataFrame]
    before: pd.DataFrame
    inbox: Path
    delivered: list[pd.DataFrame]

    def drop(self, name: str, rows: pd.DataFrame, *, good: bool = True) -> None:
        """Put a file into the inbox, under its final name only once it is whole."""
        written = self.inbox / f".{name}"
        rows.to_csv(written, sep="\t", header=False, index=False)
        written.rename(self.inbox / name)
        if good:
            self.delivered.append(rows)


def usual(feed: Feed, day: str) -> None:
    """The day's own file."""
    feed.drop(f"{day}.tsv", feed.days[day])


def empty(feed: Feed, day: str) -> None:
    """Nothing arrives."""


def duplicates(feed: Feed, day: str) -> None:
    """Every row three times: twice the usual volume comes on top as duplicates."""
    feed.drop(f"{day}.tsv", pd.concat([feed.days[day]] * 3))


def again(feed: Feed, day: str) -> None:
    """The day's file, and the file of the day before once more under another name."""
    usual(feed, day)
    feed.drop(f"{day}-again.tsv", feed.days[_shifted(day, -1)])


def late(feed: Feed, day: str) -> None:
    """The day's file, and that of two days before, which had not come."""
    usual(feed, day)
    usual(feed, _shifted(day, -2))


def broken(feed: Feed, day: str) -> None:
    """A file without its last column."""
    feed.drop(f"{day}.tsv", feed.days[day][KEY[:2]], good=False)


def corrected(feed: Feed, day: str) -> None:
    """The day's file, and the day before's as it should have been."""
    usual(feed, day)
    feed.drop(f"{_shifted(day, -1)}-corrected.tsv", feed.days[_shifted(day, -1)])


def poisoned(feed: Feed, day: str) -> None:
    """The day's rows, and one rare item for everybody who was there in the last months."""
    start = int(pd.Timestamp(day, tz="UTC").timestamp())
    recent = feed.before[feed.before["timestamp"] >= start - 120 * 86_400]
    users = recent["user_id"].unique()
    rare = feed.before["item_id"].value_counts().index[2000]
    times = [start + 60 + 86_000 * place // len(users) for place in range(len(users))]
    fake = pd.DataFrame({"user_id": users, "item_id": rare, "timestamp": times})
    feed.drop(f"{day}.tsv", pd.concat([feed.days[day], fake]), good=False)


FAULTS: Mapping[int, tuple[str, Callable[[Feed, str], None]]] = {
    4: ("empty day", empty),
    7: ("duplicates, twice the usual volume", duplicates),
    10: ("the day before's file again", again),
    12: ("its file does not come", empty),
    14: ("the late file of two days before", late),
    17: ("broken schema", broken),
    18: ("the corrected file as well", corrected),
    21: ("poisoned: one item for everybody", poisoned),
    22: ("the clean file as well", corrected),
    25: ("killed while adapters train", usual),
}
KILLED = 25


def day_of(number: int) -> str:
    """Date of a night, the first being number 1."""
    return _shifted(FIRST, number - 1)


def _shifted(day: str, days: int) -> str:
    return (pd.Timestamp(day) + pd.Timedelta(days=days)).strftime("%Y-%m-%d")
