"""All regions there ever were, a line each."""

from collections.abc import Mapping

from raie.archive.archive import Archive
from raie.lives.description import Description
from raie.lives.entries import Row, number
from raie.lives.life import COLUMNS, lives


def region_rows(
    archive: Archive, *, as_of: str, described: Mapping[str, Description] | None = None
) -> list[Row]:
    """One row per region that the ledger names up to a snapshot, in order of birth.

    Parameters
    ----------
    archive : Archive
    as_of : str
        Id of a snapshot that exists.
    described : mapping of str to Description, optional
        Of the regions that live then.

    Returns
    -------
    list of dict
        region, state, generation, born, ended (None while it lives), from (list), updates, expands
        (sequences), trained (windows that its adapter learnt from, replayed ones left out), last_edit, moved
        (radians; length of the center's path, not the distance from its first place), weight, radius
        (radians), recall_first, recall_now (held-out Set-up; None where none of it is the region's),
        description.
    """
    described = described or {}
    totals = archive.region_totals(as_of=as_of).set_index("region").to_dict("index")
    return [
        {
            "region": life.region,
            "state": life.state,
            "generation": life.generation,
            "born": life.born,
            "ended": life.ended,
            "from": list(life.parents),
            "updates": life.updates,
            "expands": life.expands,
            "trained": _trained(totals.get(life.region, {})),
            "last_edit": life.last_edit,
            "moved": life.moved,
            "weight": life.weight,
            "radius": life.radius,
            "recall_first": number(totals.get(life.region, {}).get("recall_first")),
            "recall_now": number(totals.get(life.region, {}).get("recall_now")),
            "description": described[life.region].name if life.region in described else None,
        }
        for life in lives(archive.edits(as_of=as_of, columns=COLUMNS))
    ]


def _trained(totals: Row) -> int:
    return int(number(totals.get("trained")) or 0)
