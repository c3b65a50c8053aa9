"""Rollback: the fold of its edits is the earlier set, with every byte that is the regions' own."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raie.edits.edit import Edit
from raie.edits.fold import fold
from raie.edits.restore import restore_edits
from raie.exceptions import MissingError
from raie.regions.regionset import RegionSet

DIM, THEN, NOW, BACK = 4, "2024-03-01", "2024-03-05", "2024-03-05-2"


def a_set(serials, rng, *, next_serial=20, born=THEN, seen=THEN):
    ids = tuple(f"r{serial:04d}" for serial in sorted(serials))
    return RegionSet.from_statistics(
        ids=ids,
        parents=tuple((f"r{rng.integers(1, 9):04d}",) * int(rng.integers(0, 2)) for _ in ids),
        born=(born,) * len(ids),
        last_seen=(seen,) * len(ids),
        next_serial=next_serial,
        resultants=rng.standard_normal((len(ids), DIM)),
        counts=rng.uniform(1, 9, len(ids)),
        radii=rng.uniform(0.1, 1.5, len(ids)),
    )


def rows(regions):
    """What a region is of its own, by id: shares of the whole follow from all of them."""
    own = ("resultants_", "centers_", "counts_", "radii_", "concentrations_")
    return {
        name: (
            regions.parents[row],
            regions.born[row],
            *(regions.to_arrays()[key][row].tobytes() for key in own),
        )
        for row, name in enumerate(regions.ids)
    }


def back(before, target, region=None):
    edits = restore_edits(before, target, restored_from=THEN, region=region)
    # as the ledger keeps them
    stored = [Edit.from_document(json.loads(json.dumps(edit.to_document()))) for edit in edits]
    return edits, fold(before, stored, snapshot=BACK, date=NOW)


serials = st.sets(st.integers(1, 19), min_size=1, max_size=8)


@given(now=serials, then=serials, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_whole_rollback_is_the_target_in_its_own_order(now, then, seed):
    rng = np.random.default_rng(seed)
    before, target = a_set(now, rng, born=NOW, seen=NOW, next_serial=30), a_set(then, rng)
    edits, after = back(before, target)
    assert after.ids == target.ids and rows(after) == rows(target)
    for name, array in target.to_arrays().items():
        assert np.array_equal(after.to_arrays()[name], array), name
    assert {edit.restored_from for edit in edits} == {THEN}
    assert sorted(e.region for e in edits if e.operation == "retire") == sorted(
        set(before.ids) - set(after.ids)
    )


@given(now=serials, then=serials, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_one_regions_rollback_leaves_every_other_byte(now, then, seed):
    rng = np.random.default_rng(seed)
    before, target = a_set(now, rng, next_serial=30), a_set(then, rng)
    region = target.ids[int(rng.integers(len(target)))]
    edits, after = back(before, target, region)
    assert [edit.region for edit in edits] == [region]
    assert rows(after) == {**rows(before), region: rows(target)[region]}
    assert list(after.ids) == sorted({*before.ids, region})


def test_ids_are_never_given_twice_and_who_lives_was_seen_when_it_was_seen():
    rng = np.random.default_rng(3)
    before = a_set([1, 3], rng, next_serial=7, seen="2024-03-04")
    target = a_set([1, 2], rng, next_serial=4, seen="2023-01-01")
    _, after = back(before, target)
    assert after.next_serial == 7
    assert dict(zip(after.ids, after.last_seen, strict=True)) == {"r0001": "2024-03-04", "r0002": NOW}


def test_a_rollback_tells_how_far_a_living_region_moves_back():
    rng = np.random.default_rng(4)
    before, target = a_set([1], rng), a_set([1, 2], rng)
    edits, _ = back(before, target)
    cosine = float(before.centers_[0] @ target.centers_[0])
    assert edits[0].scores["angle_moved"] == pytest.approx(np.arccos(cosine))
    assert edits[0].scores["radius_before"] == before.radii_[0]
    assert edits[1].scores == {} and edits[1].born == THEN


def test_only_rollbacks_say_where_they_come_from():
    rng = np.random.default_rng(5)
    edits, _ = back(a_set([1], rng), a_set([2], rng))
    keys = [set(edit.to_document()) - set(Edit.from_document(edit.to_document()).scores) for edit in edits]
    assert {"restored_from", "born"} <= keys[0] and "born" not in keys[1]
    plain = Edit("update", "r0001", (), 1.0, np.zeros(DIM), 1.0, 0.5, 1)
    assert not {"restored_from", "born"} & set(plain.to_document())


def test_a_region_that_the_target_does_not_have_cannot_come_back():
    rng = np.random.default_rng(6)
    with pytest.raises(MissingError, match="no region 'r0009': the set holds r0001"):
        restore_edits(a_set([9], rng), a_set([1], rng), restored_from=THEN, region="r0009")
