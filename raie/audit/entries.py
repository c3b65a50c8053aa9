"""The ledger as the page's JSON holds it: by column, since a long history has very many entries."""

from typing import Any

from raie.audit.chronicle import Chronicle
from raie.audit.values import HASH_LENGTH, column, significant

MAX_SCORED = 20_000
"""Entries up to which the page holds what was measured at each; of more, only at the rare ones."""
ROUTINE = ("update", "expand")
IN_DEGREES = ("angle", "angle_to_nearest", "mean_angle", "merge_angle", "radius_before", "radius_of_nearest")
"""What the ledger measures in radians and the page shows in degrees."""


def entry_columns(chronicle: Chronicle, numbers: dict[str, int]) -> dict[str, Any]:
    """Columns of equal length, one value per entry in order.

    Parameters
    ----------
    chronicle : Chronicle
    numbers : dict of str to int
        Number of every region's lane.

    Returns
    -------
    dict
        night (place on the axis of time), operation, region (its lane's number), n_sequences, retained,
        weight, radius and angle_moved (degrees), hash (its beginning); and, by row, what only some entries
        have: parents and scores, those of `IN_DEGREES` in degrees.
    """
    edits, places = chronicle.edits, chronicle.places
    operations = sorted(set(edits["operation"]))
    every = len(edits) <= MAX_SCORED
    scored = [every or operation not in ROUTINE for operation in edits["operation"]]
    scores = zip(edits["scores"], scored, strict=True)
    return {
        "operations": operations,
        "all_scored": every,
        "in_degrees": list(IN_DEGREES),
        "night": [places[snapshot] for snapshot in edits["snapshot"]],
        "operation": [operations.index(each) for each in edits["operation"]],
        "region": [numbers.get(region, -1) for region in edits["region"]],
        "named": {row: name for row, name in enumerate(edits["region"]) if name not in numbers},
        "n_sequences": column(edits["n_sequences"]),
        "retained": column(edits["retained"]),
        "weight": column(edits["weight"], 1),
        "radius": column(edits["radius"] * DEGREES, 2),
        "angle_moved": [significant(value) for value in (edits["angle_moved"] * DEGREES).tolist()],
        "hash": [digest[:HASH_LENGTH] for digest in edits["hash"]],
        "parents": {row: list(parents) for row, parents in enumerate(edits["parents"]) if parents},
        "scores": {
            row: {name: _shown(name, value) for name, value in measured.items() if name != "angle_moved"}
            for row, (measured, shown) in enumerate(scores)
            if shown
        },
    }


def _shown(name: str, value: float) -> int | float | None:
    shown: int | float | None = significant(value * DEGREES if name in IN_DEGREES else value)
    return shown


DEGREES = 57.29577951308232
"""Of one radian."""
