"""The manifest: its root hash stands for every byte of a snapshot."""

import json
from dataclasses import asdict

import pytest

from raie.params import ComputeParams, Params
from raie.snapshots.digests import document_digest, file_digest
from raie.snapshots.manifest import LIBRARIES, OPERATIONAL, build_manifest, shaping_params
from raie.snapshots.night import GENESIS_HASH, Night, read_night


@pytest.fixture
def build(tmp_path):
    """Build a manifest of two small artefacts; keywords replace its inputs."""
    for name in ("regions/regions.json", "regions/memory/rows.npy", "adapters/r0001/model.safetensors"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    (tmp_path / "requirements.lock").write_text("numpy==2\n")

    def built(**changed):
        inputs = {
            "night": asdict(Night("2024-03-01", previous="2024-02-29")),
            "params": {"compute": {"seed": 0}, "nights": {"days": 1}},
            "folders": {name: tmp_path / name for name in ("regions", "adapters")},
            "documents": {"metrics": {"recall": 0.5}, "training": {"r0001": {"windows": 3}}},
            "lock_file": tmp_path / "requirements.lock",
            "ledger_head": GENESIS_HASH,
        }
        return build_manifest(**{**inputs, **changed})

    return built


def test_the_root_hash_covers_all_the_rest(build):
    manifest = build()
    assert manifest == build()
    body = {key: value for key, value in manifest.items() if key != "root_hash"}
    assert manifest["root_hash"] == document_digest(body)
    assert document_digest(json.loads(json.dumps(body, indent=2))) == manifest["root_hash"]


def test_every_file_is_listed_by_its_digest(build, tmp_path):
    artefacts = build()["artefacts"]
    assert artefacts["regions"] == {
        name: file_digest(tmp_path / "regions" / name) for name in ("memory/rows.npy", "regions.json")
    }
    assert list(artefacts["adapters"]) == ["r0001/model.safetensors"]


@pytest.mark.parametrize(
    "name",
    [
        "regions/regions.json",
        "regions/memory/rows.npy",
        "adapters/r0001/model.safetensors",
        "requirements.lock",
    ],
)
def test_one_changed_byte_anywhere_changes_the_root_hash(build, tmp_path, name):
    before, content = build()["root_hash"], (tmp_path / name).read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        (tmp_path / name).write_bytes(changed)
        assert build()["root_hash"] != before
    (tmp_path / name).write_bytes(content)
    assert build()["root_hash"] == before


def test_a_file_added_removed_or_renamed_changes_the_root_hash(build, tmp_path):
    hashes = [build()["root_hash"]]
    (tmp_path / "regions" / "empty").touch()
    hashes.append(build()["root_hash"])
    (tmp_path / "regions" / "empty").rename(tmp_path / "adapters" / "empty")
    hashes.append(build()["root_hash"])
    (tmp_path / "adapters" / "empty").unlink()
    (tmp_path / "regions" / "regions.json").unlink()
    hashes.append(build()["root_hash"])
    assert len(set(hashes)) == 4


@pytest.mark.parametrize(
    "changed",
    [
        {"night": asdict(Night("2024-03-01", previous="2024-02-28"))},
        {"params": {"compute": {"seed": 1}, "nights": {"days": 1}}},
        {"documents": {"metrics": {"recall": 0.5}, "training": {"r0001": {"windows": 4}}}},
        {"ledger_head": "1" * 64},
        {"folders": {}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_every_input_counts(build, changed):
    assert build(**changed)["root_hash"] != build()["root_hash"]


def test_the_order_in_which_inputs_are_named_does_not_count(build, tmp_path):
    folders = {name: tmp_path / name for name in ("adapters", "regions")}
    assert build(folders=folders) == build()


def test_the_environment_names_its_libraries_without_local_suffixes(build):
    environment = build()["environment"]
    assert set(LIBRARIES) < set(environment)
    assert not any("+" in value for value in environment.values())


def test_a_night_is_read_as_it_was_written(tmp_path):
    night = Night(
        "2024-03-02", "2024-03-02", "2024-03-01", "c0ffee", "1" * 64, "nightly 2024-03-02", "retrain", 2
    )
    (tmp_path / "night.json").write_text(json.dumps(asdict(night)))
    assert read_night(tmp_path / "night.json") == night
    (tmp_path / "night.json").write_text('{"snapshot": "genesis"}')
    assert read_night(tmp_path / "night.json").ledger_head == GENESIS_HASH


def test_the_night_kept_in_git_is_the_genesis_typed_by_hand(pytestconfig):
    assert read_night(pytestconfig.rootpath / "data" / "night.json") == Night("genesis")


def test_all_sections_but_the_operational_ones_shape_a_snapshot():
    params = Params(compute=ComputeParams(seed=7))
    kept = shaping_params(params)
    assert set(kept) == set(Params.model_fields) - OPERATIONAL
    assert set(Params.model_fields) > OPERATIONAL
    assert Params.model_validate(json.loads(json.dumps(kept))) == params
