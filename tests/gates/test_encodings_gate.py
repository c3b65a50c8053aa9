"""Every rule on encodings and on the backbone behind them is broken once, alone."""

import numpy as np
import pytest

from raie.backbones.files import backbone_digest
from raie.gates.artefacts import judge_artefact
from tests.gates import spoiling
from tests.gates.conftest import rule_of

BETWEEN, PRESENT = "ExpectColumnValuesToBeBetween", "ExpectColumnValuesToNotBeNull"
ENCODED, LINEAGE = "encodings_incoming", "encodings_lineage"


def encoded(change, name="incoming"):
    return lambda tree: spoiling.array(tree / f"data/encodings/{name}.npy", change)


def scaled(factor):
    def change(rows):
        rows[2] *= factor

    return change


def backbone(file, change):
    return lambda tree: spoiling.tensors(tree / f"data/backbone/{file}.safetensors", change)


def in_place(name, place, value):
    def change(held):
        held[name][place] = value

    return change


def respelt(tree):
    path = tree / "data/backbone/backbone.json"
    path.write_text(path.read_text() + "\n")


def one_more_item(tree):
    spoiling.document(tree / "data/histories/vocabulary.json", lambda held: held["items"].append("i99"))


SPOILT = [
    ("nightly", backbone("items", in_place("rows", (0, 3), 0.25)), ("backbone_tensors", "changed", BETWEEN)),
    ("nightly", backbone("model", in_place("norm.bias", 0, 0.25)), ("backbone_tensors", "changed", BETWEEN)),
    (
        "nightly",
        backbone("model", lambda held: held.pop("norm.bias")),
        ("backbone_tensors", "changed", PRESENT),
    ),
    (
        "nightly",
        backbone("model", lambda held: held.update(extra=np.zeros(3, np.float32))),
        ("backbone_tensors", "changed", PRESENT),
    ),
    (
        "nightly",
        backbone("items", lambda held: held.update(rows=held["rows"][:, 1:].copy())),
        ("backbone_tensors", "changed", PRESENT),
    ),
    (
        "nightly",
        backbone("items", lambda held: held.update(rows=held["rows"][:0])),
        ("backbone_tensors", "changed", PRESENT),
    ),
    (
        "nightly",
        backbone("items", in_place("rows", (1, 0), np.nan)),
        ("backbone_tensors", "not_finite", BETWEEN),
    ),
    (
        "construct",
        backbone("model", in_place("norm.bias", 0, np.inf)),
        ("backbone_tensors", "not_finite", BETWEEN),
    ),
    ("nightly", respelt, ("backbone", "other_digest", BETWEEN)),
    ("nightly", one_more_item, ("backbone", "vectors", BETWEEN)),
    ("nightly", encoded(lambda rows: rows[:, 1:]), ("encoding_shapes", "dim", BETWEEN)),
    ("nightly", encoded(lambda rows: rows[:, 0]), ("encoding_shapes", "dim", BETWEEN)),
    ("nightly", encoded(lambda rows: rows[1:]), ("encoding_shapes", "surplus", BETWEEN)),
    ("retrain", encoded(lambda rows: rows[1:], "lineage"), ("encoding_shapes", "surplus", BETWEEN)),
    ("nightly", encoded(scaled(1.002)), (ENCODED, "norm", BETWEEN)),
    ("nightly", encoded(scaled(0.998)), (ENCODED, "norm", BETWEEN)),
    ("nightly", encoded(scaled(np.inf)), (ENCODED, "norm", BETWEEN)),
    ("nightly", encoded(scaled(np.nan)), (ENCODED, "norm", PRESENT)),
    ("retrain", encoded(scaled(0), "lineage"), (LINEAGE, "norm", BETWEEN)),
    ("retrain", encoded(scaled(np.nan), "lineage"), (LINEAGE, "norm", PRESENT)),
]


@pytest.mark.parametrize(("kind", "spoil", "rule"), SPOILT, ids=[".".join(rule[:2]) for *_, rule in SPOILT])
def test_a_planted_fault_fails_its_rule_alone(spoilt, kind, spoil, rule):
    found = spoilt("encodings", kind, spoil)
    assert found.failed == {rule}
    assert not found.judgement.passed


def test_every_rule_is_broken_above(copied):
    judged = {rule_of(record) for record in judge_artefact("encodings", copied("retrain")).expectations}
    assert judged == {rule for *_, rule in SPOILT}


def test_a_new_generation_may_have_another_backbone(copied):
    tree = copied("retrain")
    judgement = judge_artefact("encodings", tree)
    assert judgement.passed
    assert judgement.counts["backbone_digest"] == backbone_digest(tree / "data/backbone")
    assert judgement.counts["backbone_digest"] != backbone_digest(tree / "data/previous/backbone")


def test_the_tolerance_is_the_parameter(spoilt):
    def lenient(tree):
        encoded(scaled(1.002))(tree)
        spoiling.params(tree, "encodings", norm_tolerance=0.01)

    assert spoilt("encodings", "nightly", lenient).judgement.passed


def test_the_first_fault_is_told_with_its_number(spoilt):
    def change(rows):
        rows[[4, 7]] *= 2

    assert spoilt("encodings", "nightly", encoded(change)).judgement.headline() == (
        "encoding 4, norm: 2 is not 1 within 0.001; run the stage encode again (and 1 more)"
    )
