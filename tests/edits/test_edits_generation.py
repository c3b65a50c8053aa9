"""A new generation: its edits lead from the old set to the new one, and say what became of every region."""

import json
from dataclasses import replace

import numpy as np
import pytest

from raie.edits.apply import apply, construct_edits
from raie.edits.edit import Edit
from raie.edits.fold import fold
from raie.edits.succession import succession_edits
from raie.exceptions import UsageError
from raie.params import RegionParams
from raie.regions.construct import construct_regions
from raie.regions.lineage import trace_lineage
from raie.regions.regionset import RegionSet

STAMP = {"snapshot": "s9", "date": "2024-02-01"}
TURNED = 40
"""Dimension of the new space; the old one has 32."""


@pytest.fixture(scope="module")
def retrain():
    """Retrain a run in a turned space of another dimension, with one taste replaced by another."""

    def to(run, *, tastes=slice(None), number=4):
        world = run.world
        space = np.linalg.qr(world.generator.standard_normal((TURNED, TURNED)))[0][: world.dim]
        everything = np.vstack([world.centers, world.spare])[tastes]
        rows = np.vstack([world.members(center, 300) for center in everything]) @ space
        params = RegionParams(n_regions=number, n_init=4)
        built, _ = construct_regions(rows, params=params, seed=1, **STAMP)
        names = list(run.memory)
        lineage = trace_lineage(
            built,
            run.regions,
            memory_encodings=np.vstack([run.memory[name] for name in names]) @ space,
            memory_regions=np.repeat(names, [len(run.memory[name]) for name in names]),
            min_share=0.3,
        )
        edits = succession_edits(built, lineage, run.regions, generation=2, radius_quantile=0.9)
        return built, lineage, edits

    return to


def through_json(edits):
    return [Edit.from_document(json.loads(json.dumps(edit.to_document()))) for edit in edits]


def test_the_edits_lead_to_what_was_built_under_the_ids_of_its_lineage(planted, retrain):
    run = planted.run(planted.world(1, dim=32))
    built, lineage, edits = retrain(run, tastes=[0, 1, 2, 4])
    after = fold(run.regions, through_json(edits), **STAMP)
    assert after.dim == TURNED
    assert after.ids == tuple(sorted(lineage.ids)) and len(set(run.regions.ids) & set(after.ids)) == 3
    for name, array in built.to_arrays().items():
        for row, region in enumerate(lineage.ids):
            assert array[row].tobytes() == after.to_arrays()[name][after.index(region)].tobytes(), name


def test_every_region_of_both_generations_is_settled_once(planted, retrain):
    run = planted.run(planted.world(2, dim=32))
    _, lineage, edits = retrain(run, tastes=[0, 1, 2, 4])
    done = {edit.region: edit for edit in edits}
    assert len(done) == len(edits) == 5
    (gone,) = set(run.regions.ids) - set(lineage.ids)
    assert [edit.operation for edit in edits] == ["end", "renew", "renew", "renew", "construct"]
    assert done[gone].operation == "end" and done["r0005"].operation == "construct"
    row = run.regions.index(gone)
    common = np.minimum(lineage.share_of[:, row], lineage.share_from[:, row]).max()
    assert done[gone].scores["most_in_common"] == common
    assert 0 < common < done[gone].scores["lineage_min_share"] == 0.3
    for edit in edits[1:4]:
        assert edit.parents == () and edit.scores["generation"] == 2
        assert edit.scores["angle_moved"] < 0.1
        assert edit.scores[f"share_of_{edit.region}"] > 0.9
        assert edit.scores[f"share_from_{edit.region}"] > 0.7  # what ended has gone somewhere


def test_a_kept_id_keeps_its_birth_and_its_parents_and_no_id_is_used_again(planted, retrain):
    run = planted.run(planted.world(3, dim=32))
    rows, _ = run.world.draw(1500, emerging_share=0.15)
    run.night(rows)
    assert run.regions.ids[-1] == "r0005" and run.regions.born[-1] == "s002"
    _, _, edits = retrain(run, number=5)
    after = fold(run.regions, edits, **STAMP)
    assert after.ids == run.regions.ids and after.next_serial == 6
    assert after.born == run.regions.born and after.parents == run.regions.parents
    assert after.last_seen == ("2024-02-01",) * 5
    _, _, edits = retrain(run, number=4, tastes=[0, 1, 2, 3])
    without = fold(run.regions, edits, **STAMP)
    assert without.next_serial == 6 and "r0005" not in without.ids
    assert set(without.born) <= {"genesis", "s9"}


def test_the_other_part_of_a_split_region_is_new_and_names_it(planted, retrain):
    world = planted.world(4, dim=32, number=2, cosine=0.0)
    run = planted.run(world, n_regions=1)
    _, lineage, edits = retrain(run, tastes=[0, 1], number=2)
    after = fold(run.regions, edits, **STAMP)
    assert after.ids == ("r0001", "r0002")
    assert after.parents == ((), ("r0001",)) and after.born == ("genesis", "s9")
    larger = lineage.share_of[lineage.ids.index("r0001")]
    assert larger > lineage.share_of[lineage.ids.index("r0002")] > 0.3


def test_the_survivor_of_two_regions_names_the_one_that_ends(planted, retrain):
    run = planted.run(planted.world(5, dim=32, number=2), n_regions=2)
    _, _, edits = retrain(run, tastes=[0, 1], number=1)
    assert [(edit.operation, edit.region, edit.parents) for edit in edits] == [
        ("end", "r0002", ()),
        ("renew", "r0001", ("r0002",)),
    ]
    once = fold(run.regions, edits, **STAMP)
    assert once.ids == ("r0001",) and once.parents == (("r0002",),)
    named = replace(edits[1], parents=("r0002", "r0002"))
    assert fold(run.regions, [edits[0], named], **STAMP).parents == (("r0002",),)


def test_nights_go_on_from_a_new_generation(planted, retrain):
    run = planted.run(planted.world(6, dim=32))
    _, _, edits = retrain(run)
    after = fold(run.regions, edits, **STAMP)
    update = Edit("update", after.ids[2], (), 0.5, np.eye(TURNED)[0], 3.0, 0.4, 3)
    following = fold(after, [update], snapshot="s10", date="2024-02-02")
    assert following.counts_[2] == 0.5 * after.counts_[2] + 3
    assert np.array_equal(following.resultants_[:2], after.resultants_[:2])
    assert following.born == after.born


def test_genesis_is_the_beginning_of_the_first_generation(planted):
    run = planted.run(planted.world(7, dim=32))
    edits = construct_edits(run.genesis, radius_quantile=0.9)
    one_by_one = RegionSet.empty(32)
    for edit in edits:
        one_by_one = apply(one_by_one, edit, **STAMP)
    at_once = fold(RegionSet.empty(3), edits, **STAMP)
    assert at_once.to_document() == one_by_one.to_document()
    for name, array in at_once.to_arrays().items():
        assert (
            array.tobytes() == one_by_one.to_arrays()[name].tobytes() == getattr(run.genesis, name).tobytes()
        )


def test_what_settles_nothing_is_refused(planted, retrain):
    run = planted.run(planted.world(8, dim=32))
    _, _, edits = retrain(run, tastes=[0, 1, 2, 4])
    end, *renewed, new = edits
    for wrong, words in (
        ([*renewed, new], "each must be renewed or end, once"),
        ([end, *renewed[1:], new], "each must be renewed or end, once"),
        ([end, end, *renewed, new], "each must be renewed or end, once"),
        ([end, *renewed, replace(new, operation="renew")], "each must be renewed or end, once"),
        ([end, *renewed, replace(new, region=end.region)], f"region '{end.region}' exists already"),
        ([replace(edit, operation="end") for edit in (end, *renewed)], "without regions"),
    ):
        with pytest.raises(UsageError, match=words) as refused:
            fold(run.regions, wrong, **STAMP)
        assert "\n" not in str(refused.value)
    gone = Edit("retire", "r0004", (), 0.0, np.zeros(32), 0.0, 0.5, 0)
    fewer = [edit for edit in (end, *renewed) if edit.region != "r0004"]
    with pytest.raises(UsageError, match="region 'r0004' exists already"):
        fold(apply(run.regions, gone, **STAMP), [*fewer, replace(new, region="r0004")], **STAMP)
    with pytest.raises(UsageError, match="settles none of the regions r0001"):
        fold(run.regions, construct_edits(run.genesis, radius_quantile=0.9), **STAMP)
    for edit in (end, renewed[0]):
        with pytest.raises(UsageError, match=f"'{edit.operation}' of {edit.region} is part of"):
            apply(run.regions, edit, **STAMP)
