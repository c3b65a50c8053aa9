"""Git, as plumbing: never the operator's branch, index, work tree or configuration."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from raie.exceptions import MissingError, UsageError

IDENTITY = {
    "GIT_AUTHOR_NAME": "RAIE",
    "GIT_AUTHOR_EMAIL": "raie@localhost",
    "GIT_COMMITTER_NAME": "RAIE",
    "GIT_COMMITTER_EMAIL": "raie@localhost",
}

LOCATIONS = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
)


def git(repository: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Run git in ``repository`` and return what it printed, stripped.

    Raises
    ------
    UsageError
        With git's own first line, if the command fails.
    """
    done = subprocess.run(
        ["git", *arguments],
        cwd=repository,
        env={**inherited(), **IDENTITY, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise UsageError(f"git {' '.join(arguments[:2])} failed: {reason[0]}")
    return done.stdout.strip()


def repository_root(start: Path) -> Path:
    """Root of the git repository around ``start``; it must hold ``dvc.yaml`` and a first commit.

    Raises
    ------
    MissingError
        If there is no such repository, with the command that makes one.
    """
    try:
        root = Path(git(start, "rev-parse", "--show-toplevel"))
    except UsageError as error:
        raise MissingError(f"{start} is not inside a git repository: run git init and commit") from error
    if not (root / "dvc.yaml").is_file():
        raise MissingError(f"{root} holds no dvc.yaml: run inside a clone of the RAIE repository")
    try:
        git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    except UsageError as error:
        raise MissingError(f"{root} has no commit yet: run git add --all && git commit") from error
    return root


def show(repository: Path, revision: str, path: str) -> str:
    """Text of ``path`` as committed at ``revision``.

    Raises
    ------
    MissingError
        If the revision or the path does not exist.
    """
    try:
        return git(repository, "show", f"{revision}:{path}")
    except UsageError as error:
        raise MissingError(f"{revision} holds no {path}: is it a snapshot? see raie snapshot list") from error


def inherited() -> dict[str, str]:
    """Our environment without what a hook's git sets: that would lead back to the operator's index."""
    return {name: value for name, value in os.environ.items() if name not in LOCATIONS}
