"""What a gate may look at: one run's outputs, its parameters and what kind of run it is."""

from dataclasses import dataclass
from pathlib import Path

from raie.gates.reading import readable
from raie.params import PARAMS_FILE, Params, load_params
from raie.snapshots.night import NIGHT_FILE, Night, read_night

DATA = Path("data")


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes
    ----------
    data : Path
        Folder of the stages' outputs; nothing outside it is read.
    params : Params
    night : Night
    """

    data: Path
    params: Params
    night: Night

    @classmethod
    def load(cls, worktree: Path) -> "Run":
        """Look at a work tree.

        Raises
        ------
        UsageError
            If its parameters are missing or wrong.
        RefusedError
            If its ``data/night.json`` cannot be read.
        """
        params = load_params(worktree / PARAMS_FILE)
        with readable(NIGHT_FILE.name):
            return cls(worktree / DATA, params, read_night(worktree / NIGHT_FILE))

    @property
    def goes_on(self) -> bool:
        """Whether it continues the previous snapshot's generation."""
        return self.night.goes_on

    @property
    def previous(self) -> Path:
        """Folder of the previous snapshot's outputs."""
        return self.data / "previous"

    @property
    def restored(self) -> Path:
        """Folder of an earlier snapshot's outputs, where the run goes back to one."""
        return self.data / "restored"

    @property
    def start(self) -> Path:
        """Folder of the outputs that the run edits and trains from."""
        return self.restored if self.night.starts_over else self.previous
