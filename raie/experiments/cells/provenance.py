"""Which code filled a cell."""

import functools
from pathlib import Path

import raie
from raie.exceptions import RaieError
from raie.snapshots.git import git


@functools.cache
def code_version() -> str:
    """Return the commit of the code that runs, "-dirty" behind it where files differ; else its version."""
    home = Path(raie.__file__).parents[1]
    try:
        return git(home, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*")
    except (RaieError, OSError):
        return raie.__version__
