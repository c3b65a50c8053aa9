"""The account of one user: where they are, what they had a part in, what forgetting them takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow.parquet as pq

from raie.columns import USER
from raie.erasure.traces import BEGINNINGS, Trace, user_of, user_traces
from raie.exceptions import MissingError
from raie.interactions.heldout import is_held_out
from raie.snapshots.cached import files_of
from raie.snapshots.history import manifest_of
from raie.snapshots.opened import params_of
from raie.snapshots.tags import resolve

Way = Literal["nothing", "drop", "since", "retrain"]
"""``nothing``: the newest snapshot holds no event of theirs. ``drop``: they had no part in what was learnt.
``since``: only nights after ``start`` had them, and are done again. ``retrain``: the backbone had them."""


@dataclass(frozen=True)
class Account:
    """What is known of a user.

    Attributes
    ----------
    user, newest : str
    events : int
        In the newest snapshot's raw days.
    days : tuple of str
        Days on which they lie.
    held_out : bool
        Whether their events never train anything.
    in_backbone : bool
        Whether the present generation began with events of theirs that could train it.
    traces : tuple of Trace
        Of all snapshots, oldest first.
    way : str
    start : str or None
        Snapshot from which ``since`` starts over.
    """

    user: str
    newest: str
    events: int
    days: tuple[str, ...]
    held_out: bool
    in_backbone: bool
    traces: tuple[Trace, ...]
    way: Way
    start: str | None


def account_of(repository: Path, user: str) -> Account:
    """Look a user up in every snapshot.

    Raises
    ------
    MissingError
        If there is no snapshot, or none holds an event of theirs.
    """
    newest = resolve(repository, None)
    days = {day: users.count(user) for day, users in _users_by_day(repository, newest).items()}
    days = {day: count for day, count in days.items() if count}
    traces = user_traces(repository, user)
    if not days and not any(trace.held for trace in traces):
        raise MissingError(f"no snapshot holds an event of user {user!r}: check the id")
    present = present_generation(traces)
    # the share may have been raised since: whoever was in once has been learnt from
    held_out = all(_is_held_out(repository, trace.snapshot, user) for trace in present)
    way, start = _way(present, held_out=held_out) if days else ("nothing", None)
    return Account(
        user=user,
        newest=newest,
        events=sum(days.values()),
        days=tuple(sorted(days)),
        held_out=held_out,
        in_backbone=bool(days) and not held_out and present[0].held > 0,
        traces=tuple(traces),
        way=way,
        start=start,
    )


def account_by_digest(repository: Path, digest: str) -> Account:
    """The same for a user known by the digest of their id.

    Raises
    ------
    MissingError
        If the newest snapshot has no such user.
    """
    by_day = _users_by_day(repository, resolve(repository, None))
    users = sorted({user for users in by_day.values() for user in users})
    return account_of(repository, user_of(users, digest))


def present_generation(traces: Sequence[Trace]) -> list[Trace]:
    """Traces of the newest snapshot's generation, its beginning first."""
    begun = max(place for place, trace in enumerate(traces) if trace.kind in BEGINNINGS)
    return list(traces[begun:])


def _way(present: Sequence[Trace], *, held_out: bool) -> tuple[Way, str | None]:
    """The least that takes the user out of all that was learnt; where it cannot be known, everything."""
    if held_out:
        return "drop", None
    if present[0].held > 0 or not all(trace.at_hand for trace in present):
        return "retrain", None
    if not any(trace.sequences for trace in present):
        return "drop", None
    first = next(place for place, trace in enumerate(present) if trace.new or trace.sequences)
    again = present[first:]
    # a rollback or an erasure in between would be undone by doing it all again
    if not first or any(trace.kind != "nightly" or trace.erased for trace in again):
        return "retrain", None
    return "since", present[first - 1].snapshot


def _users_by_day(repository: Path, snapshot: str) -> dict[str, list[str]]:
    """User of every event in a snapshot's raw days."""
    paths = [f"data/raw/{name}" for name in manifest_of(repository, snapshot)["artefacts"]["raw"]]
    files = files_of(repository, snapshot, *paths)
    return {
        Path(path).stem: pq.read_table(file, columns=[USER])[USER].to_pylist() for path, file in files.items()
    }


def _is_held_out(repository: Path, snapshot: str, user: str) -> bool:
    params = params_of(repository, snapshot)
    share, seed = params.sequences.heldout_share, params.compute.seed
    return bool(is_held_out([user], share=share, seed=seed)[0])
