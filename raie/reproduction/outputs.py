"""The outputs that a snapshot's lock file lists, in the order of its pipeline."""

from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True)
class Output:
    """One output of a stage, as DVC locked it.

    Attributes
    ----------
    path : str
        Such as ``data/adapters``.
    stage : str
    entry : dict
        Its entry in the lock file.
    """

    path: str
    stage: str
    entry: dict[str, Any]

    @property
    def md5(self) -> str:
        """DVC's hash; that of a folder ends in ``.dir``."""
        return str(self.entry["md5"])

    @property
    def files(self) -> int:
        """Number of files."""
        return int(self.entry.get("nfiles", 1))


def read_outputs(pipeline: str, lock: str) -> list[Output]:
    """Outputs of a ``dvc.lock``, in the order in which ``dvc.yaml`` names their stages.

    Parameters
    ----------
    pipeline, lock : str
        Texts of the two files.
    """
    locked = yaml.safe_load(lock)["stages"]
    order = [name for name in yaml.safe_load(pipeline)["stages"] if name in locked]
    return [Output(out["path"], name, out) for name in order for out in locked[name].get("outs", [])]
