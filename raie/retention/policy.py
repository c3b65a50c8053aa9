"""Which tags keep their data, and why."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """A tag, as far as the policy looks at it.

    Attributes
    ----------
    ref : str
        The tag, ``snapshot/…`` or ``candidate/…``.
    commit : str
        Hash of the tagged commit.
    date : datetime.date
        UTC date of its id.
    generation : int
    previous : str or None
        Tag of the snapshot that it was made from.
    refused : bool
        Whether it is a refused candidate.
    """

    ref: str
    commit: str
    date: datetime.date
    generation: int
    previous: str | None
    refused: bool


def reasons_to_keep(
    subjects: Sequence[Subject], *, keep_days: int, needed: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Every reason why a tag's data are kept; none means that they may be freed.

    Kept are the champion, the snapshot it was made from, the first of its generation, every tag of the
    ``keep_days`` days before the champion's, the last snapshot of each calendar month, and what is needed.
    A month has one last snapshot for good, so what was kept for it one day is not freed the next.

    Parameters
    ----------
    subjects : sequence of Subject
        Snapshots in the order of their chain, the champion last among them; candidates anywhere.
    keep_days : int
    needed : mapping of str to sequence of str
        Further reasons, by commit.

    Returns
    -------
    dict of str to tuple of str
        Reasons by tag, of every tag, in the order given.
    """
    reasons: dict[str, list[str]] = {each.ref: [] for each in subjects}
    snapshots = [each for each in subjects if not each.refused]
    if not snapshots:
        return dict.fromkeys(reasons, ("there is no champion yet",))
    champion = snapshots[-1]
    for ref, reason in (*_standing(snapshots), *_recent(subjects, champion, keep_days), *_months(snapshots)):
        if ref in reasons:
            reasons[ref].append(reason)
    for each in subjects:
        reasons[each.ref].extend(needed.get(each.commit, ()))
    return {ref: tuple(found) for ref, found in reasons.items()}


def _standing(snapshots: Sequence[Subject]) -> Iterator[tuple[str, str]]:
    champion = snapshots[-1]
    yield champion.ref, "champion"
    if champion.previous is not None:
        yield champion.previous, "the champion was made from it"
    first = next(each for each in snapshots if each.generation == champion.generation)
    yield first.ref, f"first of generation {first.generation}"


def _recent(subjects: Sequence[Subject], champion: Subject, keep_days: int) -> Iterator[tuple[str, str]]:
    for each in subjects:
        if (champion.date - each.date).days <= keep_days:
            yield each.ref, f"within {keep_days} days"


def _months(snapshots: Sequence[Subject]) -> Iterator[tuple[str, str]]:
    last = {f"{each.date:%Y-%m}": each.ref for each in snapshots}
    for month, ref in last.items():
        yield ref, f"last of {month}"
