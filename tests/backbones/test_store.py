import json

import pytest
import torch
from safetensors.torch import save

from raie.backbones.files import backbone_digest
from raie.backbones.store import load_backbone, save_backbone
from raie.exceptions import MissingError, RefusedError, UsageError

FILES = ("backbone.json", "model.safetensors", "items.safetensors")


@pytest.fixture
def genesis(backbone, tmp_path):
    save_backbone(backbone, tmp_path / "genesis")
    return tmp_path / "genesis"


def same_weights(left, right):
    left, right = left.state_dict(), right.state_dict()
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def test_round_trip(params, backbone, genesis):
    loaded = load_backbone(genesis, params=params)
    assert same_weights(loaded, backbone)
    assert loaded.params == params
    assert not loaded.training


def test_the_same_backbone_gives_the_same_bytes(backbone, genesis, tmp_path):
    save_backbone(backbone, tmp_path / "again")
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (genesis / name).read_bytes()


def test_a_night_adds_rows_and_copies_the_rest_byte_for_byte(genesis, tmp_path):
    previous = genesis
    for night in ("one", "two"):
        backbone = load_backbone(previous)
        backbone.grow(torch.randn(2, 16))
        save_backbone(backbone, tmp_path / night, previous=previous)
        assert same_weights(load_backbone(tmp_path / night), backbone)
        for name in FILES[:2]:
            assert (tmp_path / night / name).read_bytes() == (genesis / name).read_bytes()
        assert backbone_digest(tmp_path / night) == backbone_digest(genesis)
        previous = tmp_path / night
    assert load_backbone(previous).n_items == 16


@pytest.mark.parametrize("name", ["items.genesis", "items.added"])
def test_a_changed_backbone_does_not_pass_for_the_frozen_one(genesis, tmp_path, name):
    backbone = load_backbone(genesis)
    backbone.grow(torch.randn(2, 16))
    save_backbone(backbone, tmp_path / "one", previous=genesis)
    with torch.no_grad():
        backbone.get_parameter(name)[1, 0] += 1e-3
    with pytest.raises(RefusedError, match="differs from the frozen one in .*one"):
        save_backbone(backbone, tmp_path / "two", previous=tmp_path / "one")


def test_the_digest_follows_the_weights(backbone, genesis, tmp_path):
    assert len(backbone_digest(genesis)) == 64
    with torch.no_grad():
        backbone.items.genesis[1, 0] += 1e-3
    save_backbone(backbone, tmp_path / "other")
    assert backbone_digest(tmp_path / "other") != backbone_digest(genesis)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(genesis, name):
    (genesis / name).unlink()
    with pytest.raises(MissingError, match=f"{name} is missing"):
        load_backbone(genesis)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(MissingError, match="no backbone at .*nowhere"):
        backbone_digest(tmp_path / "nowhere")


def test_another_width_than_expected_is_refused(params, genesis):
    with pytest.raises(UsageError, match="was not made with dim = 32"):
        load_backbone(genesis, params=params.model_copy(update={"dim": 32}))


def edit_config(folder, **changes):
    config = json.loads((folder / "backbone.json").read_text())
    (folder / "backbone.json").write_text(json.dumps({**config, **changes}))


def test_weights_of_another_width_are_refused(genesis):
    edit_config(genesis, dim=32)
    with pytest.raises(UsageError, match="does not hold a .* of width 32 with 12 items") as caught:
        load_backbone(genesis)
    assert "\n" not in str(caught.value)


SPOILT = {
    "half the weights": ("model.safetensors", lambda content: content[:-4], "is no whole safetensors file"),
    "no weights": ("model.safetensors", lambda _: b"", "is no whole safetensors file"),
    "half the rows": ("items.safetensors", lambda content: content[:-4], "is no whole safetensors file"),
    "other rows": ("items.safetensors", lambda _: save({"no": torch.ones(1)}), "holds no rows of width 16"),
    "wide rows": ("items.safetensors", lambda _: save({"rows": torch.ones(1, 3)}), "no rows of width 16"),
    "half a document": ("backbone.json", lambda _: b"{", "is no JSON document"),
    "a list": ("backbone.json", lambda _: b"[]", "holds no JSON object"),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_a_spoilt_file_is_one_line(genesis, fault):
    name, spoil, message = SPOILT[fault]
    content = spoil((genesis / name).read_bytes())
    if name == "items.safetensors" and not fault.startswith(("other", "wide")):
        content = b"\x08" + content[:4]  # the table of no rows has no bytes to lose
    (genesis / name).write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        load_backbone(genesis)
    assert "\n" not in str(caught.value)


def test_an_unknown_backbone_is_refused(genesis):
    edit_config(genesis, name="gru4rec")
    with pytest.raises(UsageError, match="describes no backbone of this version"):
        load_backbone(genesis)


def test_a_folder_of_before_other_params_loads(backbone, genesis):
    config = json.loads((genesis / "backbone.json").read_text())
    for name in ("language_model", "family", "prompt"):
        if backbone.params.name != "openp5":
            del config[name]
    (genesis / "backbone.json").write_text(json.dumps(config))
    assert same_weights(load_backbone(genesis), backbone)


def test_an_architecture_that_is_missing_or_not_wanted_is_refused(backbone, genesis):
    edit_config(genesis, architecture=None if backbone.architecture else {"config": {}})
    with pytest.raises(UsageError, match="describes no .*: it holds architecture = "):
        load_backbone(genesis)


def test_an_architecture_that_says_nothing_is_refused(backbone, genesis):
    if backbone.architecture:
        edit_config(genesis, architecture={"config": {}})
        with pytest.raises(UsageError, match="does not hold"):
            load_backbone(genesis)


def test_a_number_of_items_that_is_none_is_refused(genesis):
    edit_config(genesis, n_items="many")
    with pytest.raises(UsageError, match="n_items = 'many'"):
        load_backbone(genesis)
