"""The work tree of one run: the code of HEAD, the operator's params, the previous snapshot's state."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from raie.params import PARAMS_FILE
from raie.snapshots.checkout import check_out
from raie.snapshots.dvc import dvc
from raie.snapshots.git import git
from raie.snapshots.history import manifest_of
from raie.snapshots.lock import CHECKPOINTS, WORK
from raie.snapshots.night import GENESIS_HASH, NIGHT_FILE, Kind, Night
from raie.snapshots.pointers import CARRIED, PREVIOUS, RESTORED, write_pointers, write_previous
from raie.snapshots.settings import share_settings
from raie.snapshots.tags import CANDIDATE_PREFIX, date_of, latest, tag_candidate, tag_of, tag_snapshot

INBOX = Path("data/inbox")
TRACKED = ("data", "dvc.lock", "params.yaml")
"""What git keeps of a run: .gitignore leaves the data itself to DVC."""
BROUGHT_BACK: Mapping[Kind, Sequence[str]] = {"restore": ("regions", "adapters"), "erase": CARRIED}
"""Outputs of an earlier snapshot that a run of a kind reads."""


@dataclass(frozen=True)
class Workspace:
    """A detached git work tree that shares the repository's DVC cache."""

    repository: Path
    path: Path
    night: Night

    def stage(self, name: str, on_line: Callable[[str], None] | None = None) -> None:
        """Run one DVC stage."""
        checkpoints = {CHECKPOINTS: str(self.repository / WORK / "checkpoints")}
        dvc(self.path, "repro", "--single-item", name, env=checkpoints, on_line=on_line)

    def tag(self, message: str) -> str:
        """Tag what the stages produced as ``snapshot/<id>`` and return the tag."""
        self._keep(tag_snapshot, message)
        return tag_of(self.night.snapshot)

    def tag_candidate(self, message: str) -> str:
        """Tag what the stages produced as ``candidate/<id>``, numbered if taken, and return the tag."""
        commit = self._keep(tag_candidate, message)
        return git(self.repository, "tag", "--points-at", commit, "--list", CANDIDATE_PREFIX + "*")

    def _keep(self, tag: Callable[..., str], message: str) -> str:
        night = self.night
        return tag(
            self.path, snapshot=night.snapshot, previous=night.previous, tracked=TRACKED, message=message
        )

    def close(self) -> None:
        """Remove the work tree; what it produced lives on in the tag and the cache."""
        git(self.repository, "worktree", "remove", "--force", str(self.path))


def open_workspace(
    repository: Path,
    snapshot: str,
    run: str,
    kind: Kind,
    *,
    restored: str | None = None,
    restored_region: str | None = None,
    erasure: Sequence[str] = (),
) -> Workspace:
    """Make the work tree of a run on top of the newest snapshot.

    Parameters
    ----------
    repository : Path
        Root of the operator's checkout; only its params are read, nothing in it is changed.
    snapshot : str
        The new snapshot's id.
    run : str
        Name of the run.
    kind : str
        What the run is; a retrain begins the next generation.
    restored, restored_region, erasure
        As in `Night`.
    """
    clear_workspaces(repository)
    previous = latest(repository)
    head = git(repository, "rev-parse", "HEAD")
    manifest = manifest_of(repository, previous) if previous else {}
    ledger = manifest.get("ledger_head", GENESIS_HASH)
    night = Night(
        snapshot,
        date_of(snapshot),
        previous,
        head,
        ledger,
        run,
        kind,
        _generation(manifest, kind),
        restored,
        restored_region,
        tuple(sorted(erasure)),
    )
    path = repository / WORK / "worktrees" / snapshot
    git(repository, "worktree", "add", "--quiet", "--detach", str(path), "HEAD")
    workspace = Workspace(repository, path, night)
    try:
        _furnish(workspace)
    except BaseException:
        workspace.close()
        raise
    return workspace


def _furnish(workspace: Workspace) -> None:
    """Lay out what the run starts from."""
    repository, path, night = workspace.repository, workspace.path, workspace.night
    shutil.copyfile(repository / PARAMS_FILE, path / PARAMS_FILE)
    (path / NIGHT_FILE).write_text(json.dumps(asdict(night), indent=2) + "\n", encoding="utf-8")
    share_settings(repository, path)
    if night.previous is not None:
        _restore_previous(workspace, tag_of(night.previous))
    if night.restored is not None:
        _restore(workspace, tag_of(night.restored), BROUGHT_BACK[night.kind])


def deliver(workspace: Workspace, files: list[Path]) -> None:
    """Put the files of one delivery into the work tree's inbox and track them with DVC."""
    inbox = workspace.path / INBOX
    _untrack(workspace.path, INBOX)
    inbox.mkdir(parents=True)
    for file in files:
        shutil.copyfile(file, inbox / file.name)
    dvc(workspace.path, "add", str(INBOX))


def _generation(previous: dict[str, Any], kind: Kind) -> int:
    if not previous:
        return 1
    return int(previous["night"].get("generation", 1)) + (kind == "retrain")


def clear_workspaces(repository: Path) -> None:
    """Remove work trees that a killed run left behind; call it only while holding the lock."""
    shutil.rmtree(repository / WORK / "worktrees", ignore_errors=True)
    git(repository, "worktree", "prune")


def _restore_previous(workspace: Workspace, tag: str) -> None:
    _untrack(workspace.path, PREVIOUS)
    pointers = write_previous(workspace.path, tag)
    check_out(workspace.path, pointers)


def _restore(workspace: Workspace, tag: str, names: Sequence[str]) -> None:
    for name in names:
        _untrack(workspace.path, RESTORED / name)
    pointers = write_pointers(workspace.path, tag, folder=RESTORED, names=names)
    check_out(workspace.path, pointers)


def _untrack(worktree: Path, folder: Path) -> None:
    """Drop git's placeholder of a folder that DVC takes over."""
    git(worktree, "rm", "-r", "--quiet", "--cached", "--ignore-unmatch", str(folder))
    shutil.rmtree(worktree / folder, ignore_errors=True)
