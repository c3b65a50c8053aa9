"""What a run's MLflow page shows beside its numbers."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from raie.exceptions import MissingError
from raie.tracking.documents import Tagged


def gather(tagged: Tagged, plots: Sequence[Path], folder: Path) -> Path:
    """Lay out what a run's page shows in ``folder``, which must not exist: documents and plots.

    Raises
    ------
    MissingError
        If a plot does not exist.
    """
    shutil.copytree(tagged.folder / "data", folder)
    for file in tagged.folder.iterdir():
        if file.is_file():
            shutil.copyfile(file, folder / file.name)
    for plot in plots:
        if not plot.is_file():
            raise MissingError(f"no plot at {plot}: leave it out, or write it first")
        (folder / "plots").mkdir(exist_ok=True)
        shutil.copyfile(plot, folder / "plots" / plot.name)
    return folder
