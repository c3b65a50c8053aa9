"""Where a command was typed."""

from pathlib import Path


def repository() -> Path:
    """Root of the RAIE repository that holds the working folder."""
    from raie.snapshots.git import repository_root

    return repository_root(Path.cwd())
