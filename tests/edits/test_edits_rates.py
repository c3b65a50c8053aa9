"""Rates over twenty seeds: what is planted is found, and nothing else is."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from raie.edits.decide import Operation
from raie.params import EditParams

SEEDS = range(20)
WORLDS = [
    {"dim": 64, "kappa": 100.0, "cosine": 0.3},
    {"dim": 32, "kappa": 60.0, "cosine": 0.2},
    {"dim": 64, "kappa": 200.0, "cosine": 0.6},
]
HEAVY = [
    {"dim": 32, "kappa": 60.0, "cosine": 0.3, "shape": "heavy"},
    {"dim": 32, "kappa": 100.0, "cosine": 0.6, "shape": "heavy"},
    {"dim": 32, "kappa": 250.0, "cosine": 0.8, "shape": "heavy"},
    {"dim": 32, "kappa": 60.0, "cosine": 0.1, "number": 8, "shape": "heavy"},
]


@pytest.mark.parametrize("form", [*WORLDS, *HEAVY], ids=str)
def test_planted_regions_are_recovered(planted, form):
    runs = [planted.run(planted.world(seed, **form), genesis=1000) for seed in SEEDS]
    scores = [adjusted_rand_score(run.tastes, run.labels) for run in runs]
    assert np.mean(np.array(scores) >= 0.9) >= 0.95


@pytest.mark.parametrize("form", [*WORLDS, *HEAVY], ids=str)
def test_stationary_control_gets_no_add_and_no_merge(planted, form):
    changed = 0
    for seed in SEEDS:
        run = planted.run(planted.world(seed, **form))
        for _ in range(10):
            run.night(run.world.draw(400)[0])
        changed += run.count("add") + run.count("merge") > 0
        assert run.regions.radii_ == pytest.approx(run.genesis.radii_, rel=0.15)
    assert changed == 0


def emerging(planted, form, share, seed):
    """Nights between the pool's reaching min_pool_size and the Add, and the number of Adds."""
    run = planted.run(planted.world(seed, **form))
    reached = added = None
    for night in range(7):
        done = run.night(run.world.draw(400, emerging_share=share)[0])
        if reached is None and np.sum(done.decisions.operation == Operation.POOL) >= run.edits.min_pool_size:
            reached = night
        if added is None and any(edit.operation == "add" for edit in done.edits):
            added = night
    if reached is None or added is None:
        return None, run
    return added - reached, run


@pytest.mark.parametrize("form", WORLDS, ids=str)
def test_emerging_preference_is_added_once_within_two_nights(planted, form):
    found = [emerging(planted, form, (0.05, 0.1, 0.15)[seed % 3], seed) for seed in SEEDS]
    on_time = [wait is not None and wait <= 2 for wait, _ in found]
    assert np.mean(on_time) >= 0.95
    assert np.mean([run.count("add") == 1 for _, run in found]) >= 0.95
    for _, run in found:
        assert (run.regions.centers_[-1] @ run.world.spare) > 0.95
        assert run.regions.parents[-1][0] in run.genesis.ids


@pytest.mark.parametrize("form", HEAVY[:1] + HEAVY[3:], ids=str)
def test_emerging_preference_is_mostly_found_among_heavy_tails(planted, form):
    found = [emerging(planted, form, 0.1, seed) for seed in SEEDS]
    assert np.mean([wait is not None and wait <= 2 for wait, _ in found]) >= 0.9
    assert np.mean([run.count("add") <= 1 for _, run in found]) >= 0.85


def drifting(planted, form, seed, angle_of_night):
    """Operations of the drifting taste's encodings, night by night, and the run."""
    world = planted.world(seed, **form)
    run = planted.run(world)
    towards, operations = world.generator.standard_normal(world.dim), []
    for night in range(8):
        centers = world.centers.copy()
        centers[0] = planted.rotated(world.centers[0], towards, angle_of_night(run, night))
        rows, tastes = world.draw(400, centers=centers)
        pooled = len(run.pool)
        done = run.night(rows)
        found = done.decisions.operation[pooled:][tastes == 0]
        operations.append(np.bincount(found, minlength=3) / len(found))
    return np.array(operations), run


@pytest.mark.parametrize("form", [*WORLDS, *HEAVY[:2]], ids=str)
def test_small_drift_is_updated(planted, form):
    def angle(run, night):
        return (night + 1) / 8 * 0.5 * run.genesis.radii_.mean()

    found = [drifting(planted, form, seed, angle) for seed in SEEDS]
    shares = np.mean([operations.mean(axis=0) for operations, _ in found], axis=0)
    assert shares[Operation.UPDATE] >= 0.75
    assert sum(run.count("add") for _, run in found) == 0


@pytest.mark.parametrize("form", [*WORLDS, *HEAVY[:2]], ids=str)
def test_moderate_drift_is_expanded(planted, form):
    def angle(run, night):
        # The rotation that puts a member's mean angle to the old center at 1.12 radii.
        return np.arccos(min(1.0, np.cos(1.12 * run.genesis.radii_.mean()) / mean_cosine(run)))

    found = [drifting(planted, form, seed, angle) for seed in SEEDS]
    first = np.mean([operations[0] for operations, _ in found], axis=0)
    assert first.argmax() == Operation.EXPAND
    # Heavy tails spread the drifted members over all three operations: 0.49 was measured there.
    assert first[Operation.EXPAND] >= (0.5 if form in WORLDS else 0.45)
    assert sum(run.count("add") for _, run in found) == 0
    grown = [(run.regions.radii_ / run.genesis.radii_).max() for _, run in found]
    assert np.mean(np.array(grown) > 1.0) >= 0.95


def mean_cosine(run):
    return float(np.linalg.norm(run.genesis.resultants_, axis=1).sum() / run.genesis.counts_.sum())


def test_a_center_follows_a_drift_of_many_nights(planted):
    world = planted.world(0)
    run = planted.run(world, edits=EditParams(max_count=500))
    centers, towards = world.centers.copy(), world.generator.standard_normal(world.dim)
    for night in range(20):
        centers[0] = planted.rotated(world.centers[0], towards, (night + 1) * 0.04)
        run.night(world.draw(600, centers=centers)[0])
    assert np.arccos(run.regions.centers_ @ centers[0]).min() < 0.2
    assert len(run.regions) == 4 and run.count("add") == 0


def test_converging_tastes_are_merged(planted):
    merged = 0
    for seed in range(5):
        world = planted.world(seed)
        run = planted.run(world, edits=EditParams(max_count=500))
        half = np.arccos(world.centers[0] @ world.centers[1]) / 2
        for night in range(22):
            share, centers = min(1.0, (night + 1) / 8), world.centers.copy()
            centers[0] = planted.rotated(world.centers[0], world.centers[1], half * share)
            centers[1] = planted.rotated(world.centers[1], world.centers[0], half * share)
            run.night(world.draw(600, centers=centers)[0])
        merged += run.count("merge") == 1 and len(run.regions) == 3
    assert merged >= 4
