"""One edit: the event from which, with those before it, the region set follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from raie.exceptions import UsageError
from raie.regions.geometry import FloatArray

OperationName = Literal[
    "construct", "update", "expand", "add", "reject", "merge", "retire", "renew", "end", "rollback"
]


@dataclass(frozen=True, eq=False)
class Edit:
    """What one operation did to one region.

    Attributes
    ----------
    operation : str
        construct, update, expand, add, reject (a candidate that did not pass), merge or retire; where a new
        generation begins also renew (an old region goes on in the new space) and end (it does not);
        rollback: the region is again what it was at an earlier snapshot, and exists again if it was gone.
    region : str
        Id of the region it touches; for `merge` the survivor, for `reject` the nearest region.
    parents : tuple of str
        `add`: the nearest region; `merge`: the region that was absorbed; `construct` and `renew`: regions
        of the generation before whose content it took; `rollback`: all that it had at that snapshot.
    retained : float
        Factor on the region's earlier resultant and count.
    increment : (d,) float64
        Added to the resultant afterwards.
    weight : float
        Added to the count afterwards.
    radius : float
        Radians, after the edit.
    n_sequences : int
        Encodings behind it.
    scores : dict of str to float
        What was measured, next to its threshold.
    restored_from : str or None
        `rollback`, and `retire` where a rollback ends a region: the earlier snapshot.
    born : str or None
        `rollback`: the snapshot that first held the region's id.
    """

    operation: OperationName
    region: str
    parents: tuple[str, ...]
    retained: float
    increment: FloatArray
    weight: float
    radius: float
    n_sequences: int
    scores: Mapping[str, float] = field(default_factory=dict)
    restored_from: str | None = None
    born: str | None = None

    def to_document(self) -> dict[str, Any]:
        """Everything, ready for JSON; floats survive the round trip exactly."""
        # only a rollback has these: every other entry reads as it always did
        back = {"restored_from": self.restored_from, "born": self.born}
        return {
            "operation": self.operation,
            "region": self.region,
            "parents": list(self.parents),
            "retained": float(self.retained),
            "increment": [float(value) for value in self.increment],
            "weight": float(self.weight),
            "radius": float(self.radius),
            "n_sequences": int(self.n_sequences),
            "scores": {name: float(score) for name, score in self.scores.items()},
            **{name: text for name, text in back.items() if text is not None},
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Edit":
        """Read what `to_document` wrote; other keys of a ledger entry are left aside.

        Raises
        ------
        UsageError
            If a key is missing or the operation is unknown.
        """
        try:
            if document["operation"] not in get_args(OperationName):
                raise UsageError(
                    f"unknown operation '{document['operation']}': known are {get_args(OperationName)}"
                )
            return cls(
                operation=document["operation"],
                region=document["region"],
                parents=tuple(document["parents"]),
                retained=float(document["retained"]),
                increment=np.array(document["increment"], dtype=np.float64),
                weight=float(document["weight"]),
                radius=float(document["radius"]),
                n_sequences=int(document["n_sequences"]),
                scores=dict(document["scores"]),
                restored_from=document.get("restored_from"),
                born=document.get("born"),
            )
        except KeyError as error:
            raise UsageError(f"an edit lacks {error}: restore the ledger from its snapshot") from error
