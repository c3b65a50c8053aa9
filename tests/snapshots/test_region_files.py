"""A region set on disk: every bit comes back, and the same set gives the same files."""

import json

import pytest
from safetensors.numpy import load_file

from raie.exceptions import MissingError
from raie.regions.regionset import RegionSet
from raie.snapshots.digests import folder_digests
from raie.snapshots.geometry import load_regions, save_regions


def test_the_round_trip_is_exact(regions, tmp_path):
    save_regions(regions, tmp_path / "a" / "regions")
    loaded = load_regions(tmp_path / "a" / "regions")
    assert loaded.to_document() == regions.to_document()
    assert loaded.next_serial == 5
    for name, array in regions.to_arrays().items():
        again = loaded.to_arrays()[name]
        assert (again.dtype, again.shape) == (array.dtype, array.shape)
        assert again.tobytes() == array.tobytes(), name


def test_the_same_regions_give_the_same_files(regions, tmp_path):
    save_regions(regions, tmp_path / "one")
    save_regions(load_regions(tmp_path / "one"), tmp_path / "two")
    assert folder_digests(tmp_path / "one") == folder_digests(tmp_path / "two")


def test_files_can_be_read_without_raie(regions, tmp_path):
    save_regions(regions, tmp_path)
    centers = load_file(tmp_path / "regions.safetensors")["centers_"]
    document = json.loads((tmp_path / "regions.json").read_text())
    assert centers.shape == (len(document["regions"]), 5)


def test_an_empty_set_survives(tmp_path):
    save_regions(RegionSet.empty(7), tmp_path)
    assert (len(load_regions(tmp_path)), load_regions(tmp_path).dim) == (0, 7)


@pytest.mark.parametrize("name", ["regions.safetensors", "regions.json"])
def test_a_missing_file_is_named(regions, tmp_path, name):
    save_regions(regions, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(MissingError, match=f"{name} is missing, run the stage edit first"):
        load_regions(tmp_path)
