"""Regions in words: what each is about, as of the last night it lived."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from raie.audit.values import significant
from raie.lives.compared import Trait
from raie.lives.description import Description
from raie.lives.itemtable import Items, read_items
from raie.lives.remembered import describe_at_hand
from raie.params import PARAMS_FILE, load_params
from raie.regions.regionset import RegionSet

N_TRAITS = 6


def describe_regions(repository: Path, sets: Mapping[str, RegionSet]) -> dict[str, Description]:
    """Describe every region that ever lived, where DVC's cache holds what the snapshot remembered of it.

    Parameters
    ----------
    repository : Path
    sets : mapping of str to RegionSet
        By snapshot, in order.

    Raises
    ------
    MissingError, RefusedError
        If the table of items that the parameters name is not there or cannot be read.
    """
    items = _items(repository)
    last = {name: snapshot for snapshot, regions in sets.items() for name in regions.ids}
    described: dict[str, Description] = {}
    for snapshot in dict.fromkeys(last.values()):
        found = describe_at_hand(repository, snapshot, items) or {}
        described |= {name: each for name, each in found.items() if last.get(name) == snapshot}
    return described


def description_document(description: Description | None) -> dict[str, Any] | None:
    """A description for the page; shares and lifts with four digits."""
    if description is None:
        return None
    return {
        "name": description.name,
        "sequences": description.sequences,
        "users": description.users,
        "items": [_trait(trait) for trait in description.distinctive[:N_TRAITS]],
        "genres": [_trait(trait) for trait in description.genres[:N_TRAITS]],
    }


def _trait(trait: Trait) -> list[Any]:
    return [trait.title, significant(trait.share), significant(trait.whole), significant(trait.lift, 3)]


def _items(repository: Path) -> Items:
    params = repository / PARAMS_FILE
    return read_items(repository, load_params(params).items)
