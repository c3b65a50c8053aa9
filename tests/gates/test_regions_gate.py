"""Every rule on regions is broken once, alone."""

import shutil

import numpy as np
import pytest

from raie.gates.artefacts import judge_artefact
from raie.interactions.erased import user_digest
from tests.gates import spoiling
from tests.gates.conftest import rule_of

BETWEEN, ROWS = "ExpectColumnValuesToBeBetween", "ExpectTableRowCountToBeBetween"
ARRAYS, DOCUMENT = "data/regions/regions.safetensors", "data/regions/regions.json"


def arrays(change):
    return lambda tree: spoiling.tensors(tree / ARRAYS, change)


def document(change):
    return lambda tree: spoiling.document(tree / DOCUMENT, change)


def put(name, place, value):
    def change(held):
        held[name][place] = value

    return arrays(change)


def named(region_id, *, row=1):
    return document(lambda held: held["regions"][row].update(id=region_id))


def turned(held):
    held["centers_"][1] = np.roll(held["centers_"][1], 1)


def scaled(held):
    held["centers_"][1] *= 1.01


def scaled_shares(held):
    held["mixture_weights_"] *= 0.9


def an_unknown_assignment(tree):
    path = tree / "data/decisions/assignments.parquet"
    spoiling.table(path, lambda given: given.replace({"region": {"r0002": "r0077"}}))


def an_old_number(tree):
    spoiling.document(tree / "data/previous/regions/regions.json", lambda held: held.update(next_serial=9))


def a_foreign_memory(tree):
    spoiling.put(tree / "data/regions/memory/regions.npy", 0, "r0077")


DATASTORE = "data/regions/datastore"


def entries(change):
    return lambda tree: spoiling.tensors(tree / DATASTORE / "r0001/entries.safetensors", change)


def an_erased_user(tree):
    """Of a run that takes a user out, whose entry was left in."""
    users = np.load(tree / DATASTORE / "r0001/user_ids.npy", allow_pickle=False)
    night = {"kind": "erase", "erasure": [user_digest(str(users[0]))]}
    spoiling.document(tree / "data/night.json", lambda held: held.update(night))


def set_entry(name, place, value):
    def change(held):
        held[name][place] = value

    return entries(change)


SPOILT = [
    ("nightly", document(lambda held: held.update(regions=[])), ("region_ids", None, ROWS)),
    ("nightly", named("r0001"), ("region_ids", "id", "ExpectColumnValuesToBeUnique")),
    ("nightly", named("../r0002"), ("region_ids", "id", "ExpectColumnValuesToMatchRegex")),
    (
        "nightly",
        arrays(lambda held: held.update(radii_=held["radii_"][1:])),
        ("region_arrays", "surplus", BETWEEN),
    ),
    (
        "nightly",
        arrays(lambda held: held.update(centers_=held["centers_"][:, 1:].copy())),
        ("region_arrays", "dim", BETWEEN),
    ),
    ("nightly", put("resultants_", (1, 2), np.nan), ("region_arrays", "not_finite", BETWEEN)),
    ("nightly", put("radii_", 1, np.inf), ("region_arrays", "not_finite", BETWEEN)),
    ("nightly", arrays(scaled), ("regions", "center_norm", BETWEEN)),
    ("nightly", arrays(turned), ("regions", "center_off", BETWEEN)),
    ("nightly", put("radii_", 1, 0.0), ("regions", "radius", BETWEEN)),
    ("nightly", put("radii_", 1, np.pi), ("regions", "radius", BETWEEN)),
    ("nightly", put("counts_", 1, 0.99), ("regions", "count", BETWEEN)),
    ("nightly", put("concentrations_", 1, 0.0), ("regions", "concentration", BETWEEN)),
    ("nightly", put("mixture_weights_", 1, 1.01), ("regions", "mixture_weight", BETWEEN)),
    ("nightly", put("mixture_weights_", 1, -0.01), ("regions", "mixture_weight", BETWEEN)),
    ("nightly", arrays(scaled_shares), ("region_set", "mixture_sum", BETWEEN)),
    (
        "nightly",
        lambda tree: spoiling.params(tree, "regions", max_added_share=0.24),
        ("region_set", "added_share", BETWEEN),
    ),
    ("nightly", an_old_number, ("region_set", "reused", BETWEEN)),
    ("nightly", document(lambda held: held.update(next_serial=4)), ("region_set", "unissued", BETWEEN)),
    ("nightly", an_unknown_assignment, ("region_set", "homeless", BETWEEN)),
    ("nightly", a_foreign_memory, ("region_set", "forgotten", BETWEEN)),
    ("construct", a_foreign_memory, ("region_set", "forgotten", BETWEEN)),
    (
        "nightly",
        lambda tree: (tree / DATASTORE / "r0002").rename(tree / DATASTORE / "r0077"),
        ("datastore", "strangers", BETWEEN),
    ),
    (
        "nightly",
        entries(lambda held: held.update(times=held["times"][1:].copy())),
        ("datastore", "uneven", BETWEEN),
    ),
    ("nightly", set_entry("encodings", (1, 2), 3.0), ("datastore", "not_unit", BETWEEN)),
    ("construct", set_entry("encodings", (1, 2), np.nan), ("datastore", "not_unit", BETWEEN)),
    (
        "nightly",
        entries(lambda held: held.update(encodings=held["encodings"][:, 1:].copy())),
        ("datastore", "not_unit", BETWEEN),
    ),
    ("nightly", set_entry("next_items", 3, 99), ("datastore", "outside", BETWEEN)),
    ("nightly", set_entry("next_items", 3, 0), ("datastore", "outside", BETWEEN)),
    ("nightly", set_entry("times", 0, 2**40), ("datastore", "steps_back", BETWEEN)),
    ("nightly", an_erased_user, ("datastore", "erased", BETWEEN)),
]


@pytest.mark.parametrize(("kind", "spoil", "rule"), SPOILT, ids=[f"{a}.{b}" for *_, (a, b, _) in SPOILT])
def test_a_planted_fault_fails_its_rule_alone(spoilt, kind, spoil, rule):
    found = spoilt("regions", kind, spoil)
    assert found.failed == {rule}
    assert not found.judgement.passed


def test_every_rule_is_broken_above(copied):
    judged = {rule_of(record) for record in judge_artefact("regions", copied()).expectations}
    assert judged == {rule for *_, rule in SPOILT}


def test_a_datastore_of_which_a_file_is_missing_is_refused(spoilt):
    found = spoilt("regions", "nightly", lambda tree: (tree / DATASTORE / "r0001/user_ids.npy").unlink())
    assert not found.judgement.passed
    assert "user_ids.npy is missing" in found.judgement.headline()


def test_a_snapshot_may_have_no_datastore(spoilt):
    assert spoilt("regions", "nightly", lambda tree: shutil.rmtree(tree / DATASTORE)).judgement.passed


def test_a_region_retired_tonight_may_have_been_given_sequences(spoilt):
    """The sound night does that; without the word of its retirement it is a stranger."""

    def unsaid(tree):
        (tree / "data/decisions/edits.jsonl").write_text("")

    assert spoilt("regions", "nightly", unsaid).failed == {("region_set", "homeless", BETWEEN)}


def test_a_new_generation_may_be_all_new(spoilt):
    def renumber(tree):
        spoiling.document(tree / "data/previous/regions/regions.json", older)
        spoiling.params(tree, "regions", max_added_share=0.0)

    def older(held):
        held.update(next_serial=1)
        for region in held["regions"]:
            region["id"] = f"{region['id']}0"

    judgement = spoilt("regions", "retrain", renumber).judgement
    assert judgement.passed
    assert (judgement.counts["added"], judgement.counts["removed"]) == (3, 3)


def test_the_headline_names_the_region(spoilt):
    assert spoilt("regions", "nightly", put("radii_", 1, 3.5)).judgement.headline() == (
        "region r0002, radius: 3.5 does not lie between 0 and pi; run the stage edit again"
    )
