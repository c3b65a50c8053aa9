"""What a run is: part of the snapshot's inputs, so that nothing depends on the clock."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

NIGHT_FILE = Path("data/night.json")
Kind = Literal["construct", "nightly", "retrain", "restore", "erase"]
GENESIS_HASH = "0" * 64
"""What the first ledger entry of all names as its predecessor."""


@dataclass(frozen=True)
class Night:
    """One run: genesis, a night, a retrain, or what a person decided.

    Attributes
    ----------
    snapshot : str
        Id, the run's UTC date, numbered from 2 where the date has a snapshot; "genesis" where ``dvc repro``
        was typed by hand.
    date : str or None
        UTC date of the last day whose events are part of the snapshot.
    previous : str or None
        Id of the previous snapshot.
    code_commit : str or None
        Commit whose code ran.
    ledger_head : str
        Hash of the previous snapshot's last ledger entry.
    run : str or None
        Name of the run, as Prefect and MLflow show it.
    kind : str
        ``nightly`` goes on from the previous snapshot; ``construct`` and ``retrain`` begin a generation, the
        one from what was delivered, the other from everything accepted so far. ``restore`` brings regions
        and adapters back from an earlier snapshot of the generation; ``erase`` takes users' events out.
    generation : int
        From 1; regions, adapters and encodings of one generation share a backbone.
    restored : str or None
        Id of the snapshot whose outputs lie in ``data/restored``: of a ``restore`` what it goes back to, of
        an ``erase`` the snapshot from which what came since is done again.
    restored_region : str or None
        The one region that a ``restore`` brings back; None: all of them.
    erasure : sequence of str
        SHA-256 (hex) of the ids of users whose events the run takes out; a ``retrain`` may have some too.
    """

    snapshot: str
    date: str | None = None
    previous: str | None = None
    code_commit: str | None = None
    ledger_head: str = GENESIS_HASH
    run: str | None = None
    kind: Kind = "construct"
    generation: int = 1
    restored: str | None = None
    restored_region: str | None = None
    erasure: Sequence[str] = ()

    @property
    def goes_on(self) -> bool:
        """Whether it continues the previous snapshot's generation."""
        return self.kind not in ("construct", "retrain")

    @property
    def decided(self) -> bool:
        """Whether a person decided it: nothing is delivered, and the verdict is for the record."""
        return self.kind == "restore" or bool(self.erasure)

    @property
    def starts_over(self) -> bool:
        """Whether it edits and trains from the state in ``data/restored`` and not from the previous one."""
        return self.kind == "erase" and self.restored is not None


def read_night(path: Path) -> Night:
    """Read ``data/night.json``."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return Night(**{**document, "erasure": tuple(document.get("erasure", ()))})
