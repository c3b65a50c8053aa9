"""Lives: folded from entries, they agree with the region sets that the same entries lead to."""

import numpy as np
import pandas as pd
import pytest

from raie.edits.edit import Edit
from raie.edits.fold import fold
from raie.lives.life import COLUMNS, lives
from raie.regions.regionset import RegionSet

DIM = 4


def entries_of(edits_by_snapshot):
    """Rows as the archive gives them; whatever was renewed or ended belongs to the second generation."""
    rows, generation = [], 1
    for snapshot, edits in edits_by_snapshot.items():
        generation += any(edit.operation in ("renew", "end") for edit in edits)
        for edit in edits:
            row = {**edit.to_document(), "snapshot": snapshot, "generation": generation}
            row["angle_moved"] = edit.scores.get("angle_moved", float("nan"))
            rows.append({name: row[name] for name in COLUMNS})
    return pd.DataFrame(rows, columns=COLUMNS)


def sets_of(edits_by_snapshot):
    current, sets = RegionSet.empty(DIM), {}
    for snapshot, edits in edits_by_snapshot.items():
        current = sets[snapshot] = fold(current, edits, snapshot=snapshot, date=snapshot)
    return sets


@pytest.fixture
def edits():
    """Four snapshots: births, edits that forget, a merge, a retirement, a retrain."""
    rng = np.random.default_rng(2)

    def edit(operation, region, parents=(), moved=None):
        retained = 0.0 if operation in ("construct", "add", "renew") else float(rng.uniform(0.5, 1))
        scores = {} if moved is None else {"angle_moved": moved}
        weight, radius = float(rng.uniform(1, 9)), float(rng.uniform(0.1, 1))
        return Edit(operation, region, parents, retained, rng.standard_normal(DIM), weight, radius, 5, scores)

    return {
        "2024-03-01": [edit("construct", name) for name in ("r0001", "r0002", "r0003", "r0004")],
        "2024-03-02": [
            edit("update", "r0001", moved=0.25),
            edit("expand", "r0001", moved=0.5),
            edit("add", "r0005", ("r0001",)),
            edit("reject", "r0002"),
            edit("merge", "r0001", ("r0003",), moved=0.125),
        ],
        "2024-03-03": [edit("update", "r0005", moved=0.1), edit("retire", "r0004")],
        "2024-03-04": [
            edit("end", "r0002"),
            edit("renew", "r0001", moved=1.0),
            edit("renew", "r0005", ("r0002",), moved=2.0),
            edit("construct", "r0006", ("r0002",)),
        ],
    }


@pytest.mark.parametrize("n_snapshots", [1, 2, 3, 4])
def test_the_living_are_the_stored_set_and_weigh_the_same(edits, n_snapshots):
    until = dict(list(edits.items())[:n_snapshots])
    stored = list(sets_of(until).values())[-1]
    living = {life.region: life for life in lives(entries_of(until)) if life.state == "live"}
    assert sorted(living) == sorted(stored.ids)
    for row, region in enumerate(stored.ids):
        assert living[region].weight == pytest.approx(stored.counts_[row])
        assert living[region].radius == stored.radii_[row]
        assert living[region].born == stored.born[row]
        assert living[region].ended is None


def test_who_is_gone_has_a_reason_and_a_day(edits):
    told = {life.region: life for life in lives(entries_of(edits))}
    assert list(told) == ["r0001", "r0002", "r0003", "r0004", "r0005", "r0006"]
    assert [(told[name].state, told[name].ended) for name in ("r0002", "r0003", "r0004")] == [
        ("ended", "2024-03-04"),
        ("merged into r0001", "2024-03-02"),
        ("retired", "2024-03-03"),
    ]
    # as they were when they last lived
    before = sets_of(edits)["2024-03-01"]
    assert told["r0004"].weight == before.counts_[3]
    assert told["r0004"].last_edit == told["r0003"].last_edit == "2024-03-01"


def test_numbers_add_up_over_a_life(edits):
    told = {life.region: life for life in lives(entries_of(edits))}
    first = told["r0001"]
    assert (first.updates, first.expands, first.last_edit) == (5, 5, "2024-03-04")
    assert first.moved == pytest.approx(0.25 + 0.5 + 0.125 + 1.0)
    assert (told["r0002"].generation, first.generation) == (1, 2)
    assert (told["r0005"].parents, told["r0006"].parents) == (("r0001",), ("r0002",))


def test_a_refused_candidate_is_no_edit_of_the_region_it_lay_near(edits):
    told = {life.region: life for life in lives(entries_of(edits))}
    assert told["r0002"].last_edit == "2024-03-01"
    assert told["r0002"].moved == 0.0


def test_what_a_rollback_brings_back_lives_again(edits):
    was = sets_of(edits)["2024-03-01"]
    back = [
        Edit("rollback", name, (), 0.0, was.resultants_[row], float(was.counts_[row]), 0.5, 0)
        for row, name in enumerate(was.ids)
        if name in ("r0003", "r0004")
    ]
    told = {life.region: life for life in lives(entries_of({**edits, "2024-03-05": back}))}
    for name in ("r0003", "r0004"):
        assert (told[name].state, told[name].ended, told[name].born) == ("live", None, "2024-03-01")
        assert told[name].weight == was.counts_[was.ids.index(name)]


def test_the_entries_of_one_region_tell_its_life_alone(edits):
    entries = entries_of(edits)
    whole = {life.region: life for life in lives(entries)}
    for region, life in whole.items():
        names = [region == row.region or region in row.parents for row in entries.itertuples()]
        assert {each.region: each for each in lives(entries[names])}[region] == life
