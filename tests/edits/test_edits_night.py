import json

import numpy as np
import pytest

from raie.edits.apply import apply, construct_edits
from raie.edits.decide import Operation
from raie.edits.edit import Edit
from raie.edits.fold import fold
from raie.edits.merge import merge
from raie.edits.night import edit_regions
from raie.edits.retire import retire
from raie.exceptions import MissingError, UsageError
from raie.params import EditParams
from raie.regions.regionset import RegionSet, region_digest

STAMP = {"snapshot": "s9", "date": "2024-02-01"}


def same_bytes(one, other):
    assert one.to_document() == other.to_document()
    for name, array in one.to_arrays().items():
        assert getattr(other, name).tobytes() == array.tobytes(), name


def eventful(planted, nights=10):
    """A run with an added region, expansions, rejects, a merge and a retirement."""
    world = planted.world(3, dim=32, kappa=60.0)
    run = planted.run(world, edits=EditParams(max_count=500, retire_after_days=8))
    centers = world.centers.copy()
    for night in range(nights):
        share = min(1.0, (night + 1) / 4)
        angle = np.arccos(world.centers[0] @ world.centers[1]) / 2 * share
        centers[0] = planted.rotated(world.centers[0], world.centers[1], angle)
        centers[1] = planted.rotated(world.centers[1], world.centers[0], angle)
        rows, tastes = world.draw(1500, centers=centers, emerging_share=0.1)
        run.night(rows[tastes != 2])
    return run


def replayed(run):
    regions = fold(
        RegionSet.empty(run.genesis.dim),
        through_json(construct_edits(run.genesis, radius_quantile=0.9)),
        snapshot="genesis",
        date="2024-01-01",
    )
    yield regions, run.genesis
    for day, night in enumerate(run.nights, start=2):
        regions = fold(regions, through_json(night.edits), snapshot=f"s{day:03d}", date=f"2024-01-{day:02d}")
        yield regions, night.regions


def through_json(edits):
    return [Edit.from_document(json.loads(json.dumps(edit.to_document()))) for edit in edits]


def test_replaying_every_edit_from_nothing_gives_the_same_bytes(planted):
    run = eventful(planted)
    for ours, stored in replayed(run):
        same_bytes(ours, stored)
    operations = {edit.operation for night in run.nights for edit in night.edits}
    assert {"update", "expand", "add", "merge", "retire"} <= operations


def test_an_edit_leaves_every_other_region_its_bytes(planted):
    run = eventful(planted)
    regions = run.genesis
    for night in run.nights:
        for edit in night.edits:
            after = apply(regions, edit, **STAMP)
            for name in set(regions.ids) & set(after.ids) - {edit.region}:
                old, new = regions.index(name), after.index(name)
                assert region_digest(regions, name) == region_digest(after, name)
                assert regions.resultants_[old].tobytes() == after.resultants_[new].tobytes()
                assert regions.counts_[old] == after.counts_[new]
                assert regions.concentrations_[old] == after.concentrations_[new]
                assert regions.last_seen[old] == after.last_seen[new]
            regions = after


def test_untouched_regions_keep_their_digest_over_a_night(planted):
    world = planted.world(1)
    run = planted.run(world)
    before = run.regions
    done = run.night(world.members(world.centers[0], 300))
    touched = {edit.region for edit in done.edits}
    assert len(touched) == 1
    for name in set(before.ids) - touched:
        assert region_digest(before, name) == region_digest(done.regions, name)
    assert region_digest(before, *touched) != region_digest(done.regions, *touched)


def test_same_inputs_same_bytes_and_inputs_stay(planted):
    one, two = (eventful(planted, nights=5) for _ in range(2))
    same_bytes(one.regions, two.regions)
    rows = one.world.draw(100)[0]
    given = {"memory_encodings": rows[:40].copy(), "pool_encodings": rows[40:60].copy()}
    copies = {name: array.copy() for name, array in given.items()}
    incoming, copy = rows[60:].copy(), rows[60:].copy()
    before = one.regions.to_arrays()["resultants_"].tobytes()
    run_night(one.regions, incoming, memory_regions=np.repeat(one.regions.ids[:1], 40), **given)
    np.testing.assert_array_equal(incoming, copy)
    assert all((given[name] == copies[name]).all() for name in given)
    assert one.regions.resultants_.tobytes() == before


def run_night(regions, rows, **changes):
    empty = np.empty((0, regions.dim))
    given = {
        "memory_encodings": empty,
        "memory_regions": np.array([], dtype=np.str_),
        "pool_encodings": empty,
        "params": EditParams(),
        "radius_quantile": 0.9,
        "snapshot": "s9",
        "date": "2024-02-01",
        "seed": 0,
    }
    return edit_regions(regions, rows, **{**given, **changes})


def test_permuting_rows_gives_the_same_night(planted):
    world = planted.world(4)
    run = planted.run(world)
    rows, _ = world.draw(600, emerging_share=0.2)
    order = world.generator.permutation(600)
    one, two = run_night(run.regions, rows), run_night(run.regions, rows[order])
    np.testing.assert_allclose(one.regions.resultants_, two.regions.resultants_, atol=1e-9)
    np.testing.assert_array_equal(one.decisions.operation[order], two.decisions.operation)
    assert sorted(order[two.assignments.rows]) == sorted(one.assignments.rows)
    assert [e.operation for e in one.edits] == [e.operation for e in two.edits]
    assert any(edit.operation == "add" for edit in one.edits)


def test_assignments_and_pool_share_out_the_rows(planted):
    run = eventful(planted, nights=3)
    world = run.world
    pool = world.members(world.spare, 20)
    rows, _ = world.draw(400, emerging_share=0.15)
    done = run_night(run.regions, rows, pool_encodings=pool)
    found = done.assignments
    assert len(done.decisions) == 420
    assert set(found.rows) | set(done.pool) == set(range(420)) and not set(found.rows) & set(done.pool)
    assert set(found.region_ids) <= set(done.regions.ids)
    assert ((found.weights > 0) & (found.weights <= 1)).all() and (np.diff(found.rows) >= 0).all()
    twice = np.flatnonzero(np.bincount(found.rows) == 2)
    assert (done.decisions.margin[twice] < EditParams().min_posterior_margin).all()
    sums = np.bincount(found.rows, weights=found.weights)[twice]
    np.testing.assert_allclose(sums, 1)


def test_update_moves_the_center_and_leaves_the_radius(planted):
    world = planted.world(5)
    run = planted.run(world)
    rows = world.members(world.centers[0], 200)
    done = run_night(run.regions, rows)
    update = next(edit for edit in done.edits if edit.operation == "update")
    row = run.regions.index(update.region)
    inside = rows[done.decisions.operation == Operation.UPDATE]
    np.testing.assert_allclose(update.increment, inside.sum(axis=0))
    assert update.weight == len(inside) == update.n_sequences and update.retained == 1
    assert update.radius == run.regions.radii_[row]
    expand = next(edit for edit in done.edits if edit.operation == "expand")
    assert expand.radius >= update.radius and expand.weight == 0.5 * expand.n_sequences


def test_old_evidence_fades_so_that_the_set_keeps_its_size(planted):
    world = planted.world(6)
    run = planted.run(world, edits=EditParams(max_count=300))
    for _ in range(6):
        run.night(world.draw(500)[0])
    assert run.regions.counts_.sum() == pytest.approx(4 * 300, rel=0.01)
    np.testing.assert_allclose(run.regions.mixture_weights_, run.genesis.mixture_weights_, atol=0.06)
    everything_new = run_night(run.regions, world.draw(3000)[0], params=EditParams(max_count=10))
    assert everything_new.edits[0].retained == 0


def test_night_without_encodings_changes_nothing(planted):
    run = planted.run(planted.world(7))
    done = run_night(run.regions, np.empty((0, 64)), date="2024-01-20")
    assert done.edits == () and done.pool.size == 0 and done.assignments.rows.size == 0
    same_bytes(done.regions, run.regions)


def test_small_pool_waits_and_pool_of_duplicates_is_judged(planted):
    world = planted.world(8)
    run = planted.run(world)
    few = world.members(world.spare, 59)
    assert list(run_night(run.regions, few).pool) == list(range(59))
    duplicates = np.repeat(few[:1], 80, axis=0)
    done = run_night(run.regions, duplicates)
    assert [edit.operation for edit in done.edits] == ["add"] and done.pool.size == 0
    assert done.regions.parents[-1] == (done.edits[0].parents[0],) and done.regions.ids[-1] == "r0005"
    assert done.regions.born[-1] == "s9" and (done.assignments.region_ids == "r0005").all()


def test_rejected_candidate_is_recorded_and_trains_without_dragging(planted):
    run = planted.run(planted.world(9))
    world = run.world
    params = EditParams(min_bic_gain=1e9)
    done = run_night(run.regions, world.members(world.spare, 100), params=params)
    (reject,) = (edit for edit in done.edits if edit.operation == "reject")
    assert 0 < reject.scores["bic_gain"] < reject.scores["min_bic_gain"] and reject.weight == 0
    assert done.pool.size == 0 and (done.assignments.weights == params.expand_weight).all()
    np.testing.assert_array_equal(done.regions.centers_, run.regions.centers_)


def test_ids_are_never_used_again(planted):
    run = eventful(planted)
    born = [edit.region for night in run.nights for edit in night.edits if edit.operation == "add"]
    assert len(set(born)) == len(born) and not set(born) & set(run.genesis.ids)
    assert run.regions.next_serial == 5 + len(born)


def pair(angle, counts=(800.0, 700.0), last_seen=("2024-01-01", "2024-01-05")):
    resultants = 0.75 * np.array(counts)[:, None] * np.eye(64)[:2]
    resultants[1] = 0.75 * counts[1] * (np.cos(angle) * np.eye(64)[0] + np.sin(angle) * np.eye(64)[1])
    return RegionSet.from_statistics(
        ids=("r0007", "r0003"),
        parents=(("r0001",), ()),
        born=("s1", "s0"),
        last_seen=last_seen,
        next_serial=8,
        resultants=resultants,
        counts=np.array(counts),
        radii=np.array([0.8, 0.7]),
    )


def test_merge_keeps_the_older_id_and_sums_the_statistics():
    before = pair(0.2)
    (edit,) = merge(before, params=EditParams(), **STAMP)
    assert (edit.region, edit.parents) == ("r0003", ("r0007",)) and edit.scores["bic_gain"] >= 0
    after = apply(before, edit, **STAMP)
    assert after.ids == ("r0003",) and after.parents == (("r0007",),) and after.born == ("s0",)
    np.testing.assert_allclose(after.resultants_[0], before.resultants_.sum(axis=0))
    assert after.counts_[0] == 1500 and after.radii_[0] == 0.8 and after.last_seen == ("2024-01-05",)


@pytest.mark.parametrize(("angle", "merge_angle"), [(0.2, 0.1), (0.6, 3.0), (0.6, 0.3)])
def test_merge_needs_both_the_angle_and_bic(angle, merge_angle):
    assert merge(pair(angle), params=EditParams(merge_angle=merge_angle), **STAMP) == ()


def test_retire_after_the_stated_days_but_never_the_last():
    params = EditParams(retire_after_days=30)
    assert retire(pair(1.0), params=params, date="2024-01-30") == ()
    (edit,) = retire(pair(1.0), params=params, date="2024-01-31")
    assert edit.region == "r0007" and edit.scores["days_unseen"] == 30
    (edit,) = retire(pair(1.0), params=params, date="2026-01-31")
    assert edit.region == "r0007"
    last = apply(pair(1.0), edit, **STAMP)
    assert last.ids == ("r0003",) and last.next_serial == 8
    assert retire(last, params=params, date="2030-01-01") == ()
    with pytest.raises(UsageError, match="last region"):
        apply(last, Edit("retire", "r0003", (), 0.0, np.zeros(64), 0.0, 0.5, 0), **STAMP)
    with pytest.raises(UsageError, match="YYYY-MM-DD"):
        retire(last, params=params, date="31.1.2024")


def test_edits_that_do_not_fit_are_refused():
    regions = pair(1.0)
    add = Edit("add", "r0003", (), 0.0, np.eye(64)[5], 1.0, 0.5, 1)
    with pytest.raises(UsageError, match="exists already"):
        apply(regions, add, **STAMP)
    with pytest.raises(MissingError, match="r0099"):
        apply(regions, Edit("update", "r0099", (), 1.0, np.eye(64)[5], 1.0, 0.5, 1), **STAMP)
    with pytest.raises(UsageError, match="unknown operation 'drop'"):
        Edit.from_document({**add.to_document(), "operation": "drop"})
    with pytest.raises(UsageError, match="weight"):
        Edit.from_document({key: value for key, value in add.to_document().items() if key != "weight"})


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"memory_encodings": np.eye(64)[:2]}, UsageError, "2 memory_encodings but 0"),
        ({"memory_encodings": np.eye(64)[:1], "memory_regions": ["r0042"]}, MissingError, "r0042"),
        ({"pool_encodings": np.eye(8)}, UsageError, "dimensions differ"),
        ({"pool_encodings": 2 * np.eye(64)}, UsageError, "pool_encodings: row 0 has norm 2"),
        ({"date": "yesterday"}, UsageError, "YYYY-MM-DD"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_in_one_line(changes, error, message):
    with pytest.raises(error, match=message) as caught:
        run_night(pair(1.0), np.eye(64)[:3], **changes)
    assert "\n" not in str(caught.value)
