"""Lineage: which new region goes on which old one, whatever space the new ones live in."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raie.exceptions import MissingError, UsageError
from raie.params import RegionParams
from raie.regions.construct import construct_regions
from raie.regions.lineage import trace_lineage
from raie.regions.regionset import RegionSet

MIN_SHARE = 0.3


def built(rows, number, *, seed=0):
    params = RegionParams(n_regions=number, n_init=4)
    return construct_regions(rows, params=params, seed=seed, snapshot="s", date="2024-01-01")


def grouped(rows, labels, ids, *, next_serial=9):
    """A region per group of rows, by the given ids."""
    sums = np.array([rows[labels == k].sum(axis=0) for k in range(len(ids))])
    return RegionSet.from_statistics(
        ids=tuple(ids),
        parents=((),) * len(ids),
        born=("s",) * len(ids),
        last_seen=("2024-01-01",) * len(ids),
        next_serial=next_serial,
        resultants=sums,
        counts=np.bincount(labels, minlength=len(ids)).astype(float),
        radii=np.full(len(ids), 0.5),
    )


def traced(regions, before, rows, labels, *, min_share=MIN_SHARE):
    """Lineage where row i of the memory belongs to old region labels[i]."""
    names = np.array(before.ids)[labels]
    return trace_lineage(regions, before, memory_encodings=rows, memory_regions=names, min_share=min_share)


def another_space(dim, seed=7, more=0):
    """Columns of a map that keeps all angles: (dim, dim + more)."""
    generator = np.random.default_rng(seed)
    return np.linalg.qr(generator.standard_normal((dim + more, dim + more)))[0][:dim]


def permuted(regions, order):
    def pick(column):
        return tuple(column[row] for row in order)

    return RegionSet.from_statistics(
        ids=pick(regions.ids),
        parents=pick(regions.parents),
        born=pick(regions.born),
        last_seen=pick(regions.last_seen),
        next_serial=regions.next_serial,
        resultants=regions.resultants_[order],
        counts=regions.counts_[order],
        radii=regions.radii_[order],
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_same_space_and_data_give_the_same_ids(blobs, seed):
    rows, _ = blobs(seed)
    before, labels = built(rows, 4)
    lineage = traced(built(rows, 4)[0], before, rows, labels)
    assert lineage.ids == before.ids
    np.testing.assert_array_equal(lineage.predecessor, np.arange(4))
    assert all(lineage.parents(row) == [] for row in range(4))
    np.testing.assert_allclose(np.diag(lineage.angles), 0, atol=1e-6)
    assert np.diag(lineage.share_of).min() > 0.97


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("more", [0, 5])
def test_a_turned_space_of_any_dimension_gives_the_same_ids(blobs, seed, more):
    rows, _ = blobs(seed)
    before, labels = built(rows, 4)
    turned = rows @ another_space(rows.shape[1], more=more)
    regions, news = built(turned, 4, seed=11)
    lineage = traced(regions, before, turned, labels)
    assert sorted(lineage.ids) == sorted(before.ids)
    # the id is that of the old region which held the same rows
    assert (np.array(lineage.ids)[news] == np.array(before.ids)[labels]).mean() > 0.98
    if not more:
        assert (regions.centers_ @ before.centers_.T).max() < 0.9, "centers say nothing across spaces"


@given(order=st.permutations(range(7)))
@settings(max_examples=30, deadline=None)
def test_the_order_of_new_regions_changes_nothing(order):
    generator = np.random.default_rng(4)
    rows = generator.standard_normal((300, 6))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    before, labels = built(rows, 3, seed=1)
    regions, _ = built(rows, 7, seed=2)
    straight = traced(regions, before, rows, labels)
    mixed = traced(permuted(regions, order), before, rows, labels)
    assert mixed.ids == tuple(straight.ids[row] for row in order)
    np.testing.assert_array_equal(mixed.predecessor, straight.predecessor[order])
    np.testing.assert_allclose(mixed.share_from, straight.share_from[order])
    assert [mixed.parents(row) for row in range(7)] == [straight.parents(row) for row in order]
    fresh = straight.predecessor < 0
    sizes = regions.counts_[fresh][np.argsort(np.array(straight.ids)[fresh])]
    assert sizes.size > 2 and list(sizes) == sorted(sizes, reverse=True)


@given(
    st.integers(0, 10_000),
    st.integers(1, 6),
    st.integers(1, 6),
    st.sampled_from([0.05, 0.3, 0.6, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_what_holds_for_any_memory(seed, n_new, n_old, min_share):
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((120, 5))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    before, olds = built(rows, n_old, seed=seed)
    stayed = generator.random(120) < 0.7
    labels = np.where(stayed, olds, generator.integers(n_old, size=120))
    regions, _ = built(rows, n_new, seed=seed + 1)
    lineage = traced(regions, before, rows, labels, min_share=min_share)
    kept = np.flatnonzero(lineage.predecessor >= 0)
    olds_kept = lineage.predecessor[kept]
    assert len(set(olds_kept)) == len(kept)
    for shares in (lineage.share_of, lineage.share_from):
        assert (shares[kept, olds_kept] >= min_share).all()
    assert len(set(lineage.ids)) == n_new
    fresh = [name for name in lineage.ids if name not in before.ids]
    assert sorted(fresh) == [f"r{before.next_serial + k:04d}" for k in range(n_new - len(kept))]
    remembered = np.bincount(labels, minlength=n_old) > 0
    np.testing.assert_allclose(lineage.share_of.sum(axis=0), remembered)
    assert set(lineage.share_from.sum(axis=1).round(9)) <= {0.0, 1.0}
    assert lineage.predecessor.tolist() == by_trying_all(lineage, min_share)


def by_trying_all(lineage, min_share):
    """The best one-to-one assignment, found by trying every one."""
    of, from_ = lineage.share_of, lineage.share_from
    n_new, n_old = of.shape
    scores = 2 * of * from_ / np.maximum(of + from_, 1e-300) * np.cos(lineage.angles)
    scores[(np.minimum(of, from_) < min_share) | (lineage.angles >= np.pi / 2)] = -1
    best, found = 0.0, [-1] * n_new
    for olds in itertools.permutations([*range(n_old), *[-1] * n_new], n_new):
        pairs = [scores[new, old] for new, old in enumerate(olds) if old >= 0]
        if min(pairs, default=0) >= 0 and sum(pairs) > best + 1e-12:
            best, found = sum(pairs), list(olds)
    return found


def test_a_memory_of_twice_the_size_changes_nothing(blobs):
    rows, _ = blobs(1, kappa=8.0)
    before, labels = built(rows, 4)
    regions, _ = built(rows, 5, seed=3)
    once = traced(regions, before, rows, labels)
    twice = np.concatenate([np.arange(len(rows)), np.flatnonzero(labels == 0)])
    again = traced(regions, before, rows[twice], labels[twice])
    np.testing.assert_allclose(again.share_of, once.share_of)
    np.testing.assert_allclose(again.share_from, once.share_from)
    assert again.ids == once.ids


def test_a_vanished_region_ends_and_its_id_is_not_used_again(blobs):
    rows, truth = blobs(2, number=5)
    was, now = truth < 4, truth != 3
    before = grouped(rows[was], truth[was], ["r0001", "r0002", "r0003", "r0004"], next_serial=5)
    regions = grouped(rows[now], np.where(truth[now] == 4, 3, truth[now]), ["a", "b", "c", "d"])
    lineage = traced(regions, before, rows[was & now], truth[was & now])
    assert lineage.ids == ("r0001", "r0002", "r0003", "r0005")
    # also where its sequences live on, spread over regions that go on as others
    spread = traced(regions, before, rows[was], truth[was])
    assert spread.ids[:3] == ("r0001", "r0002", "r0003") and spread.ids[3] in ("r0004", "r0005")


def test_of_a_split_region_the_larger_part_keeps_the_id(blobs):
    rows, truth = blobs(4, number=3)
    kept = (truth != 1) | (np.cumsum(truth == 1) <= 60)
    rows, truth = rows[kept], truth[kept]
    before = grouped(rows, np.where(truth == 2, 1, 0), ["r0003", "r0007"], next_serial=8)
    for names, groups in ((["a", "b", "c"], truth), (["a", "b", "c"], (truth + 1) % 3)):
        lineage = traced(grouped(rows, groups, names), before, rows, np.where(truth == 2, 1, 0))
        large, small = groups[truth == 0][0], groups[truth == 1][0]
        assert lineage.ids[large] == "r0003" and lineage.parents(large) == []
        assert lineage.ids[small] == "r0008" and lineage.parents(small) == [0]
        assert lineage.share_of[large, 0] == pytest.approx(100 / 160, abs=0.02)


def test_of_two_regions_that_become_one_the_larger_gives_the_id(blobs):
    rows, truth = blobs(5, number=3)
    kept = (truth != 0) | (np.cumsum(truth == 0) <= 60)
    rows, truth = rows[kept], truth[kept]
    before = grouped(rows, truth, ["r0001", "r0002", "r0003"], next_serial=4)
    lineage = traced(grouped(rows, np.where(truth == 2, 1, 0), ["a", "b"]), before, rows, truth)
    assert lineage.ids == ("r0002", "r0003")
    assert lineage.parents(0) == [0] and lineage.parents(1) == []


def test_a_small_region_does_not_name_one_that_is_made_of_another(blobs):
    rows, truth = blobs(6, number=2)
    before = grouped(rows, truth, ["r0001", "r0002"], next_serial=3)
    few = RegionSet.from_statistics(
        ids=before.ids,
        parents=before.parents,
        born=before.born,
        last_seen=before.last_seen,
        next_serial=3,
        resultants=before.resultants_ * [[1.0], [0.01]],
        counts=before.counts_ * [1.0, 0.01],
        radii=before.radii_,
    )
    # a third of the large region and all of the small one
    groups = np.where((truth == 1) | (np.arange(len(rows)) % 3 == 0), 1, 0)
    regions = grouped(rows, truth, ["a", "b"])
    lineage = traced(regions, few, regions.centers_[groups], truth)
    assert lineage.share_of[1, 1] == 1 and lineage.share_of[1, 0] == pytest.approx(1 / 3, abs=0.1)
    assert lineage.ids == ("r0001", "r0003")
    assert lineage.parents(1) == [0, 1]


def test_an_id_goes_on_only_above_the_share(blobs):
    rows, truth = blobs(7, number=2)
    before = grouped(rows, np.zeros(len(rows), dtype=int), ["r0001"], next_serial=2)
    regions = grouped(rows, truth, ["a", "b"])
    labels = np.zeros(len(rows), dtype=int)
    assert "r0001" in traced(regions, before, rows, labels, min_share=0.49).ids
    assert traced(regions, before, rows, labels, min_share=0.51).ids in (
        ("r0002", "r0003"),
        ("r0003", "r0002"),
    )


def test_a_region_without_memory_goes_on_as_none(blobs):
    rows, truth = blobs(8, number=3)
    before = grouped(rows, truth, ["r0001", "r0002", "r0003"], next_serial=4)
    some = truth != 2
    lineage = traced(grouped(rows, truth, ["a", "b", "c"]), before, rows[some], truth[some])
    assert lineage.ids == ("r0001", "r0002", "r0004") and lineage.parents(2) == []
    nothing = traced(before, before, rows[:0], truth[:0])
    assert nothing.ids != before.ids and set(nothing.predecessor) == {-1}


def test_inputs_stay_as_they_were(blobs):
    rows, truth = blobs(9)
    before = grouped(rows, truth, ["r0001", "r0002", "r0003", "r0004"])
    kept = rows.copy()
    traced(before, before, rows, truth)
    np.testing.assert_array_equal(rows, kept)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"memory_encodings": np.eye(8)[:2]}, UsageError, "2 memory_encodings but 3"),
        ({"memory_encodings": np.eye(9)[:3]}, UsageError, "dimension 9 meet 1 regions of dimension 8"),
        ({"memory_encodings": 2 * np.eye(8)[:3]}, UsageError, "memory_encodings: row 0 has norm 2"),
        ({"memory_regions": np.array(["r0001", "r0001", "r0042"])}, MissingError, "r0042"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_in_one_line(changes, error, message):
    regions = grouped(np.eye(8)[:1], np.zeros(1, dtype=int), ["r0001"])
    given_ = {"memory_encodings": np.eye(8)[:3], "memory_regions": np.array(["r0001"] * 3)}
    with pytest.raises(error, match=message) as caught:
        trace_lineage(regions, regions, **{**given_, **changes}, min_share=0.3)
    assert "\n" not in str(caught.value)
