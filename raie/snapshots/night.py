"""What a run is: part of the snapshot's inputs, so that nothing depends on the clock."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

NIGHT_FILE = Path("data/night.json")
Kind = Literal["construct", "nightly", "retrain"]
GENESIS_HASH = "0" * 64
"""What the first ledger entry of all names as its predecessor."""


@dataclass(frozen=True)
class Night:
    """One run: genesis, a night, or a retrain.

    Attributes
    ----------
    snapshot : str
        Id, the night's UTC date; "genesis" where ``dvc repro`` was typed by hand.
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
        one from what was delivered, the other from everything accepted so far.
    generation : int
        From 1; regions, adapters and encodings of one generation share a backbone.
    """

    snapshot: str
    date: str | None = None
    previous: str | None = None
    code_commit: str | None = None
    ledger_head: str = GENESIS_HASH
    run: str | None = None
    kind: Kind = "construct"
    generation: int = 1


def read_night(path: Path) -> Night:
    """Read ``data/night.json``."""
    return Night(**json.loads(path.read_text(encoding="utf-8")))
