"""What to do where the cache lacks a snapshot's data."""

from pathlib import Path

from raie.snapshots.remote import has_remote

FETCH = "dvc fetch --all-tags"


def how_to_fetch(repository: Path) -> str:
    """Say how data come into the cache: without a default remote there is nothing to fetch from."""
    if has_remote(repository):
        return f"run {FETCH}"
    # one that is only in .dvc/config is unknown at the tags
    return f"set the remote that has it: dvc remote add --local --default NAME URL, then {FETCH}"
