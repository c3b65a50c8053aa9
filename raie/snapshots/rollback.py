"""Whether there is a way back to an earlier snapshot, told from the tags alone."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from raie.edits.edit import Edit
from raie.exceptions import MissingError, UsageError
from raie.snapshots.history import edits_of, manifest_of
from raie.snapshots.tags import CANDIDATE_PREFIX, list_snapshots, order_of, resolve


def check_rollback(repository: Path, snapshot: str, region: str | None) -> str:
    """Return the id of the snapshot to go back to.

    Raises
    ------
    MissingError
        If there is no such snapshot, or it has no such region.
    UsageError
        If it is a candidate or the newest snapshot, or of another generation, or holds what was erased since,
        or if the region's evidence is also that of another region now.
    """
    if snapshot.startswith(CANDIDATE_PREFIX):
        raise UsageError(f"{snapshot} was refused: roll back to a snapshot, see raie snapshot list")
    target = resolve(repository, snapshot)
    newest = resolve(repository, None)
    if target == newest:
        raise UsageError(f"{target} is the newest snapshot: name an earlier one, see raie snapshot list")
    since = [each for each in list_snapshots(repository) if order_of(each) > order_of(target)]
    _check_erasures(repository, target, since)
    _check_generation(manifest_of(repository, target)["night"], manifest_of(repository, newest)["night"])
    if region is not None:
        _check_region(repository, target, region)
        _check_merges(repository, target, region, since)
    return target


def _generation(night: dict[str, Any]) -> int:
    return int(night.get("generation", 1))


def _check_generation(target: dict[str, Any], newest: dict[str, Any]) -> None:
    if _generation(target) != _generation(newest):
        raise UsageError(
            f"{target['snapshot']} is of generation {_generation(target)}, the newest of "
            f"{_generation(newest)}: its adapters belong to another backbone, so run raie retrain, or go "
            "back by tags as docs/operating.md says"
        )


def _check_erasures(repository: Path, target: str, since: list[str]) -> None:
    for snapshot in since:
        if manifest_of(repository, snapshot)["night"].get("erasure"):
            raise UsageError(
                f"{target} holds events that {snapshot} erased: roll back to {snapshot} or a later snapshot"
            )


def _check_region(repository: Path, target: str, region: str) -> None:
    known = sorted(manifest_of(repository, target)["training"])
    if region not in known:
        raise MissingError(f"no region {region} in snapshot {target}: it has {', '.join(known)}")


def _check_merges(repository: Path, target: str, region: str, since: list[str]) -> None:
    """Beside a region that it was merged into, and that still holds it, its evidence would count twice."""
    holder = _holder(region, [(each, edit) for each in since for edit in edits_of(repository, each)])
    if holder is not None:
        raise UsageError(
            f"{region} was merged into {holder} after {target}: first raie snapshot rollback {target} "
            f"--region {holder}, or go back to {target} as a whole"
        )


def _holder(region: str, edits: Iterable[tuple[str, Edit]]) -> str | None:
    """The region that holds another's evidence after these edits, each with its snapshot; None: none does."""
    holder, merged = None, ""
    for snapshot, edit in edits:
        if edit.operation == "merge" and edit.parents[0] in (region, holder):
            holder, merged = edit.region, merged if edit.parents[0] == holder else snapshot
        elif edit.region == holder and _lets_go(edit, merged):
            holder = None
    return holder


def _lets_go(edit: Edit, merged: str) -> bool:
    if edit.operation == "rollback":
        return order_of(str(edit.restored_from)) < order_of(merged)
    return edit.operation == "retire"
