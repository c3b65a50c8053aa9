"""Every rule on adapters is broken once, alone."""

import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import save_file

from raie.adapters.files import BASE, DOWN, PREFIX, UP
from raie.backbones.files import backbone_digest
from raie.datastore.files import ODDS
from raie.gates.artefacts import judge_artefact
from tests.gates import spoiling
from tests.gates.conftest import rule_of

BETWEEN, PRESENT = "ExpectColumnValuesToBeBetween", "ExpectColumnValuesToNotBeNull"
ROWS = "ExpectTableRowCountToBeBetween"
LAYER = "blocks.0.up_proj"
ADAPTERS, WEIGHTS, CONFIG = "data/adapters", "adapter_model.safetensors", "adapter_config.json"


def tensors(change, region="r0001"):
    return lambda tree: spoiling.tensors(tree / ADAPTERS / region / WEIGHTS, change)


def training(change):
    return lambda tree: spoiling.document(tree / "data/training.json", change)


def no_regions(tree):
    spoiling.document(tree / "data/regions/regions.json", lambda held: held.update(regions=[]))
    training(dict.clear)(tree)
    shutil.rmtree(tree / ADAPTERS)
    (tree / ADAPTERS).mkdir()


def a_stray_adapter(tree):
    shutil.copytree(tree / ADAPTERS / "r0002", tree / ADAPTERS / "r0077")
    training(lambda held: held.update(r0077={"trained": False}))(tree)


def no_weights(tree):
    (tree / ADAPTERS / "r0002" / WEIGHTS).unlink()


def no_adapter(tree):
    shutil.rmtree(tree / ADAPTERS / "r0002")


def another_base(tree):
    path = tree / "data/previous/backbone/backbone.json"
    path.write_text(path.read_text() + "\n")


def made_for_another(tree):
    spoiling.document(tree / ADAPTERS / "r0001" / CONFIG, lambda held: held.update({BASE: "0" * 64}))


def empty_adapters(tree):
    for folder in (tree / ADAPTERS).iterdir():
        spoiling.document(folder / CONFIG, lambda held: held.update(target_modules=[]))
        save_file({}, folder / WEIGHTS)


def a_dead_layer(tree):
    """Nothing over nothing: no adapter moves a layer of zeros."""

    def zero(held):
        held[f"{LAYER}.weight"][:] = 0

    spoiling.tensors(tree / "data/backbone/model.safetensors", zero)
    tensors(lambda held: held[PREFIX + LAYER + UP].fill(0))(tree)


def large(held):
    held[PREFIX + LAYER + UP] += 50


def respelt(tree):
    path = tree / ADAPTERS / "r0002" / CONFIG
    path.write_text(path.read_text() + "\n")


def not_a_number(held):
    held[PREFIX + LAYER + DOWN][0, 0] = np.nan


def another_rank(held):
    held[PREFIX + LAYER + DOWN] = held[PREFIX + LAYER + DOWN][1:].copy()


def odds(change, region="r0001"):
    return lambda tree: spoiling.tensors(tree / ADAPTERS / region / ODDS, change)


def other_odds(region):
    """Of a region that did not train."""
    return odds(lambda held: held["habits"].fill(0.5), region)


SPOILT = [
    ("nightly", no_regions, ("adapter_folders", None, ROWS)),
    ("nightly", a_stray_adapter, ("adapter_folders", "regions", BETWEEN)),
    ("nightly", no_weights, ("adapter_folders", "adapters", BETWEEN)),
    ("nightly", no_adapter, ("adapter_folders", "adapters", BETWEEN)),
    ("nightly", training(lambda held: held.pop("r0002")), ("adapter_folders", "logged", BETWEEN)),
    ("nightly", another_base, ("adapter_base", "other_digest", BETWEEN)),
    ("nightly", tensors(lambda held: held.pop(PREFIX + LAYER + UP)), ("adapters", "missing", BETWEEN)),
    (
        "nightly",
        tensors(lambda held: held.update(extra=np.zeros((2, 2), np.float32))),
        ("adapters", "unknown", BETWEEN),
    ),
    ("nightly", tensors(another_rank), ("adapters", "misshapen", BETWEEN)),
    ("nightly", made_for_another, ("adapters", "other_base", BETWEEN)),
    ("nightly", tensors(not_a_number), ("adapters", "not_finite", BETWEEN)),
    ("nightly", respelt, ("adapters", "changed_files", BETWEEN)),
    ("nightly", tensors(large, "r0003"), ("adapters", "changed_files", BETWEEN)),
    ("construct", empty_adapters, ("adapter_norms", None, ROWS)),
    ("construct", a_dead_layer, ("adapter_norms", "norm", PRESENT)),
    ("nightly", tensors(large), ("adapter_norms", "norm", BETWEEN)),
    ("nightly", other_odds("r0002"), ("adapters", "changed_files", BETWEEN)),
    (
        "nightly",
        lambda tree: (tree / ADAPTERS / "r0002" / ODDS).unlink(),
        ("adapters", "changed_files", BETWEEN),
    ),
    ("nightly", odds(lambda held: held.pop("trust")), ("adapter_odds", "misshapen", BETWEEN)),
    (
        "nightly",
        odds(lambda held: held.update(habits=held["habits"][1:].copy())),
        ("adapter_odds", "misshapen", BETWEEN),
    ),
    ("nightly", odds(lambda held: held["habits"].fill(np.inf)), ("adapter_odds", "not_finite", BETWEEN)),
]


@pytest.mark.parametrize(("kind", "spoil", "rule"), SPOILT, ids=[f"{a}.{b}" for *_, (a, b, _) in SPOILT])
def test_a_planted_fault_fails_its_rule_alone(spoilt, kind, spoil, rule):
    found = spoilt("adapters", kind, spoil)
    assert found.failed == {rule}
    assert not found.judgement.passed


def test_every_rule_is_broken_above(copied):
    judged = {rule_of(record) for record in judge_artefact("adapters", copied()).expectations}
    assert judged == {rule for *_, rule in SPOILT}


def test_an_adapter_that_trained_may_differ_from_the_previous_one(copied):
    tree = copied()
    path = f"r0001/{WEIGHTS}"
    assert judge_artefact("adapters", tree).passed
    tensors(lambda held: held.update({PREFIX + LAYER + UP: held[PREFIX + LAYER + UP] + 0.01}))(tree)
    assert (tree / ADAPTERS / path).read_bytes() != (tree / "data/previous/adapters" / path).read_bytes()
    assert judge_artefact("adapters", tree).passed


def test_the_bound_is_the_parameter_and_the_largest_norm_is_counted(copied):
    tree = copied()
    spoiling.params(tree, "adapters", max_norm=0.04)
    judgement = judge_artefact("adapters", tree)
    assert not judgement.passed
    assert judgement.headline().startswith("adapter r0001 blocks.0.")
    assert judgement.counts["max_norm"] > 0.04
    spoiling.params(tree, "adapters", max_norm=judgement.counts["max_norm"])
    assert judge_artefact("adapters", tree).passed


def test_the_base_is_named_by_its_digest(copied):
    tree = copied("retrain")
    judgement = judge_artefact("adapters", tree)
    assert judgement.counts["base_digest"] == backbone_digest(tree / "data/backbone")


def test_a_region_id_in_the_log_never_leads_out_of_the_folder(spoilt):
    def point_outside(tree):
        shutil.copytree(tree / ADAPTERS / "r0002", tree / "data/outside")
        training(lambda held: held.update({"../outside": {"trained": False}}))(tree)

    found = spoilt("adapters", "nightly", point_outside)
    columns = {column for _, column, _ in found.failed}
    assert columns == {"regions", "adapters"}
    assert "outside" in json.dumps(found.judgement.document())
