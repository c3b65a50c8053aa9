"""The stored region set is held against the replayed one, number by number."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from raie.proofs.gitobjects import open_objects
from raie.proofs.link import read_link
from raie.proofs.mismatch import MismatchError
from raie.proofs.replaying import check_stored, replay_link
from raie.snapshots.geometry import load_regions, save_regions
from tests.proofs.smallchain import NEWEST, SNAPSHOTS


@pytest.fixture
def replayed(untouched):
    """The newest snapshot, and the region set that its chain's ledger gives."""
    regions = None
    with open_objects(untouched) as objects:
        for name in SNAPSHOTS:
            link = read_link(objects, name)
            regions = replay_link(link, regions)
        yield link, regions


@pytest.fixture
def stored(replayed, tmp_path):
    save_regions(replayed[1], tmp_path)
    return {path.name: path for path in tmp_path.iterdir()}


def test_the_replayed_set_is_what_the_work_tree_was_left_with(untouched, replayed):
    """The chain's maker saved what it folded."""
    link, regions = replayed
    held = load_regions(untouched / "data/regions")
    assert link.id == NEWEST and held.to_document() == regions.to_document()
    assert all(np.array_equal(array, held.to_arrays()[name]) for name, array in regions.to_arrays().items())


@pytest.mark.parametrize("key", ["id", "born", "last_seen", "parents"])
def test_what_is_said_of_a_region(replayed, stored, key):
    check_stored(*replayed, stored)
    document = json.loads(stored["regions.json"].read_text())
    document["regions"][0][key] = document["regions"][0][key] * 2 or ["r0009"]
    stored["regions.json"].write_text(json.dumps(document))
    with pytest.raises(MismatchError, match=r"data/regions/regions\.json, replayed from the ledger"):
        check_stored(*replayed, stored)


@pytest.mark.parametrize("name", ["resultants_", "counts_", "radii_", "centers_", "mixture_weights_"])
def test_any_number_of_a_region(replayed, stored, name):
    arrays = load_file(stored["regions.safetensors"])
    arrays[name].flat[-1] *= 1 + 1e-7
    save_file(arrays, stored["regions.safetensors"])
    with pytest.raises(MismatchError, match=f"{name} in data/regions"):
        check_stored(*replayed, stored)


@pytest.mark.parametrize(("name", "holds"), [("centers_", True), ("counts_", False)])
def test_the_last_digit_counts_where_edits_add_up_and_not_in_what_follows(replayed, stored, name, holds):
    arrays = load_file(stored["regions.safetensors"])
    arrays[name].flat[0] = np.nextafter(arrays[name].flat[0], np.inf)
    save_file(arrays, stored["regions.safetensors"])
    if holds:
        check_stored(*replayed, stored)
    else:
        with pytest.raises(MismatchError):
            check_stored(*replayed, stored)
