"""How every stage starts: paths as options, errors as one line."""

import argparse
import inspect
import sys
from collections.abc import Callable
from pathlib import Path

from raie.exceptions import RaieError

PLACEHOLDER = ".gitkeep"


def start(stage: Callable[..., None]) -> None:
    """Run a stage function, each of its keyword arguments a required path on the command line."""
    parser = argparse.ArgumentParser(description=inspect.getdoc(inspect.getmodule(stage)))
    for name in inspect.signature(stage).parameters:
        parser.add_argument(f"--{name.replace('_', '-')}", type=Path, required=True)
    try:
        stage(**vars(parser.parse_args()))
    except RaieError as error:
        sys.stderr.write(f"raie: {error}\n")
        sys.exit(error.exit_code)


def has_previous(folder: Path) -> bool:
    """Whether a previous snapshot is there: at genesis git keeps only a placeholder."""
    return any(path.name != PLACEHOLDER for path in folder.iterdir())
