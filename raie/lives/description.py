"""What a region is about, in words: the items and genres that set its sequences apart from all others'.

Source: the memory of a snapshot, at most ``regions.memory_size`` sequences of every region, so that none
counts for more than that in the whole. A sequence holds the items of its window and the item that came next,
each once.

With n of a region's sequences holding an item, and e expected if the region were like the whole (its number
of sequences times the share of all sequences that hold the item), the item's lift is (n + 10) / (e + 10): the
mean of a Poisson rate relative to its expectation under a Gamma prior of mean 1 (DuMouchel 1999), which draws
what rests on few sequences towards 1. A genre counts in a sequence with the share of the sequence's items
that carry it; its n is the sum of those shares.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raie.lives.compared import Compared, Trait
from raie.lives.held import Carried, Held
from raie.lives.itemtable import Items

N_LISTED = 10
"""Items, and genres, that a description lists."""
N_NAMED = 2
"""Genres in a name, and items behind them; one item more where there are no genres."""


@dataclass(frozen=True)
class Description:
    """A region in words."""

    region: str
    name: str
    """One line: "Comedy, Romance: Clueless; Notting Hill", or "items i0031, i0007, i0012"."""
    sequences: int
    """How many it rests on."""
    users: int
    """Distinct users among them."""
    distinctive: tuple[Trait, ...]
    """Items of a lift above 1, the highest first."""
    frequent: tuple[Trait, ...]
    """Items by share."""
    genres: tuple[Trait, ...]
    """By lift; empty without a table of items."""


def describe(
    sequences: NDArray[np.integer[Any]],
    regions: NDArray[np.str_],
    users: NDArray[np.str_],
    *,
    vocabulary: Sequence[str],
    items: Items,
) -> dict[str, Description]:
    """Describe every region by its sequences; the formula is at the top of this module.

    Parameters
    ----------
    sequences : (N, L) int
        Item indices in any order, 0 where there is none; ``vocabulary[i - 1]`` is the item of index i.
    regions, users : (N,) str
        Of each sequence.
    vocabulary : sequence of str
        Item ids.
    items : Items
        Titles and genres.

    Returns
    -------
    dict of str to Description
        By region id. Ties go to the item that came first into the vocabulary.
    """
    ids = ("", *vocabulary)
    titles = [items.title(item) for item in ids]
    held, carried = Held.of(sequences, len(ids)), Carried.of(ids, items)
    everywhere = held.sums(np.arange(len(sequences)))
    described = {}
    for region, rows in _by_region(regions):
        here = held.sums(rows)
        about = Compared(here.n, everywhere.n, len(rows), len(sequences), ids, titles)
        of_genres = carried.sums(here.shares), carried.sums(everywhere.shares)
        genres = Compared(*of_genres, len(rows), len(sequences), carried.genres, carried.genres)
        described[region] = _described(region, len(rows), len(np.unique(users[rows])), about, genres)
    return described


def _by_region(regions: NDArray[np.str_]) -> Iterator[tuple[str, NDArray[np.intp]]]:
    """Each region and the rows that are its own."""
    names, codes = np.unique(regions, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(names))).tolist()
    for name, start, end in zip(names.tolist(), [0, *ends], ends, strict=False):
        yield name, order[start:end]


def _described(region: str, size: int, n_users: int, about: Compared, genres: Compared) -> Description:
    frequent, listed = about.by_share(N_LISTED), genres.by_lift(N_LISTED)
    distinctive = tuple(trait for trait in about.by_lift(N_LISTED) if trait.stands_out)
    named = [trait.title for trait in listed if trait.stands_out][:N_NAMED]
    name = _name(named, (distinctive or frequent)[: N_NAMED + (not named)])
    return Description(region, name, size, n_users, distinctive, frequent, listed)


def _name(genres: Sequence[str], items: Sequence[Trait]) -> str:
    if genres:
        return f"{', '.join(genres)}: {'; '.join(trait.title for trait in items)}"
    if any(trait.title != trait.id for trait in items):
        return "; ".join(trait.title for trait in items)
    return f"items {', '.join(trait.id for trait in items)}"
