"""What snapshots hold of one user, read file by file from DVC's cache."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from raie.columns import USER
from raie.exceptions import MissingError
from raie.interactions.erased import user_digest
from raie.snapshots.cached import cached_files
from raie.snapshots.objects import read_blobs
from raie.snapshots.tags import list_snapshots, tag_of

ACCEPTED = "data/accepted/interactions.parquet"
DECISIONS = "data/decisions/decisions.parquet"
ASSIGNMENTS = "data/decisions/assignments.parquet"
RECOMMENDATIONS = "data/recommendations/recommendations.parquet"
BEGINNINGS = ("construct", "retrain")
Document = dict[str, Any]


@dataclass(frozen=True)
class Trace:
    """What one snapshot holds of a user.

    Attributes
    ----------
    snapshot, kind : str
    generation : int
    new : int
        Events that it accepted first.
    held : int
        Events in its raw days.
    sequences : int
        Sequences of theirs that its run decided on.
    regions : tuple of str
        Regions whose adapters trained on some of them that night.
    recommended : bool
        Whether its recommendations name the user.
    erased : bool
        Whether its run took events out, whoever's.
    at_hand : bool
        Whether DVC's cache has all that this was to be read from.
    """

    snapshot: str
    kind: str
    generation: int
    new: int
    held: int
    sequences: int
    regions: tuple[str, ...]
    recommended: bool
    erased: bool
    at_hand: bool


def user_traces(repository: Path, user: str) -> list[Trace]:
    """One trace per snapshot, oldest first."""
    snapshots = list_snapshots(repository)
    files = cached_files(repository, snapshots, ACCEPTED, DECISIONS, ASSIGNMENTS, RECOMMENDATIONS)
    traces: list[Trace] = []
    for snapshot, manifest in zip(snapshots, _manifests(repository, snapshots), strict=True):
        mine = {path: file for (name, path), file in files.items() if name == snapshot}
        traces.append(_trace(snapshot, manifest, mine, user, traces[-1].held if traces else 0))
    return traces


def _manifests(repository: Path, snapshots: Sequence[str]) -> list[Document]:
    blobs = read_blobs(repository, [f"{tag_of(each)}:data/manifest.json" for each in snapshots])
    return [json.loads(blob or b"{}") for blob in blobs]


def _trace(snapshot: str, manifest: Document, files: Mapping[str, Path], user: str, before: int) -> Trace:
    night = manifest["night"]
    kind, erasure = night.get("kind", "nightly"), night.get("erasure", ())
    accepted = _rows(files.get(ACCEPTED), user)
    # where a generation begins, or is done again in part, accepted is what it learns from
    new = accepted if kind in ("construct", "nightly") else 0
    held = accepted if kind in BEGINNINGS else 0 if user_digest(user) in erasure else before + new
    decided, regions = _decided(files, user, manifest.get("training", {}))
    wanted = {ACCEPTED, RECOMMENDATIONS} | (set() if kind in BEGINNINGS else {DECISIONS, ASSIGNMENTS})
    return Trace(
        snapshot=snapshot,
        kind=kind,
        generation=int(night.get("generation", 1)),
        new=new,
        held=held,
        sequences=decided,
        regions=regions,
        recommended=_rows(files.get(RECOMMENDATIONS), user) > 0,
        erased=bool(erasure),
        at_hand=wanted <= files.keys(),
    )


def _rows(file: Path | None, user: str) -> int:
    if file is None:
        return 0
    return int(pq.read_table(file, columns=[USER], filters=pc.field(USER) == user).num_rows)


def _decided(files: Mapping[str, Path], user: str, training: Document) -> tuple[int, tuple[str, ...]]:
    """How many of the user's sequences a run decided on, and the regions that trained on some."""
    if DECISIONS not in files or ASSIGNMENTS not in files:
        return 0, ()
    users = pq.read_table(files[DECISIONS], columns=[USER])[USER].to_numpy()
    rows = (users == user).nonzero()[0]
    given = pq.read_table(files[ASSIGNMENTS], columns=["row", "region"], filters=pc.field("row").isin(rows))
    regions = sorted(set(given["region"].to_pylist()))
    return len(rows), tuple(name for name in regions if training.get(name, {}).get("trained"))


def user_of(users: Sequence[str], digest: str) -> str:
    """The user whose id has this digest.

    Raises
    ------
    MissingError
        If none of them has.
    """
    found = [user for user in users if user_digest(user) == digest]
    if not found:
        raise MissingError("no user of the newest snapshot has that digest: was it erased meanwhile?")
    return found[0]
