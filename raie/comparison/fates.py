"""Which regions came and went between two snapshots, and how: the sets say which, the ledger says how."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from raie.archive.archive import open_archive
from raie.comparison.state import State
from raie.snapshots.git import show
from raie.snapshots.ledger import parse_entries
from raie.snapshots.tags import list_snapshots, tag_of

BIRTHS = {"construct": "born", "add": "born", "renew": "born", "rollback": "brought back"}
ENDS = {"merge": "merged", "retire": "retired", "end": "ended"}

STEP = ("snapshot", "operation", "region", "parents")
Step = Mapping[str, Any]
"""These parts of one ledger entry."""


@dataclass(frozen=True)
class Fate:
    """A region that only one of two snapshots holds, or that came and went between them.

    Attributes
    ----------
    region : str
    change : str
        ``born``, ``brought back``, ``merged``, ``retired`` or ``ended``; ``only in <id>`` where the ledger
        between them does not say.
    others : tuple of str
        Regions it was born from, or merged into.
    snapshot : str or None
        When.
    """

    region: str
    change: str
    others: tuple[str, ...] = ()
    snapshot: str | None = None

    def text(self) -> str:
        """Return the change in words."""
        if not self.others:
            return self.change
        return f"{self.change} {'into' if self.change == 'merged' else 'from'} {' '.join(self.others)}"


def fates(before: State, after: State) -> list[Fate]:
    """Fates between two snapshots, births first, in the order of ids."""
    old, new = set(before.regions.ids), set(after.regions.ids)
    same = old == new and before.regions.next_serial == after.regions.next_serial
    steps = [] if same else steps_between(before, after)
    passing = {step["region"] for step in steps if step["operation"] in ("add", "construct")} - old - new
    born = [_birth(region, steps, after.name) for region in sorted((new - old) | passing)]
    return born + [_end(region, steps, before.name) for region in sorted((old - new) | passing)]


def steps_between(before: State, after: State) -> list[Step]:
    """Ledger entries that lead from one to the other; none where the second is not made from the first."""
    order = list_snapshots(after.repository)
    last = after.previous if after.refused else after.name
    own = list(_own(after)) if after.refused else []
    if before.refused or last is None or order.index(before.name) > order.index(last):
        return []
    between = set(order[order.index(before.name) + 1 : order.index(last) + 1])
    if not between:
        return own
    edits = open_archive(after.repository).edits(as_of=last, columns=STEP)
    edits = edits[edits["snapshot"].isin(between) & edits["operation"].isin([*BIRTHS, *ENDS])]
    return [*edits.to_dict("records"), *own]


def _own(candidate: State) -> Iterator[Step]:
    """A candidate's own entries: the archive's chain does not hold them."""
    for entry in parse_entries(show(candidate.repository, tag_of(candidate.name), "data/ledger.jsonl")):
        edit = entry["edit"]
        names = {name: edit[name] for name in ("operation", "region", "parents")}
        yield {**names, "snapshot": candidate.name}


def _birth(region: str, steps: Sequence[Step], holder: str) -> Fate:
    for step in steps:
        if step["operation"] in BIRTHS and step["region"] == region:
            change = BIRTHS[step["operation"]]
            return Fate(region, change, tuple(step["parents"]) if change == "born" else (), step["snapshot"])
    return Fate(region, f"only in {holder}")


def _end(region: str, steps: Sequence[Step], holder: str) -> Fate:
    for step in reversed(steps):
        change = ENDS.get(step["operation"])
        if change == "merged" and region in step["parents"]:
            return Fate(region, change, (step["region"],), step["snapshot"])
        if change in ("retired", "ended") and step["region"] == region:
            return Fate(region, change, (), step["snapshot"])
    return Fate(region, f"only in {holder}")
