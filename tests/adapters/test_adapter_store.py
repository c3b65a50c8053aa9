import json
import os
import subprocess
import sys
import warnings

import peft
import pytest
import torch

from benchmarks.references.peftloop import attach
from raie.adapters.export import save_adapter
from raie.adapters.files import FILES
from raie.adapters.fresh import fresh_adapter
from raie.adapters.store import copy_adapter, load_adapter
from raie.backbones.batches import batch_of
from raie.backbones.registry import build_backbone
from raie.exceptions import MissingError
from raie.params import AdapterParams, BackboneParams


@pytest.fixture
def state(train, windows):
    return train(windows).state


@pytest.fixture
def folder(backbone, state, params, tmp_path):
    save_adapter(state, tmp_path / "r0001", params=params, targets=backbone.lora_targets)
    return tmp_path / "r0001"


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_plain_peft_loads_it_without_a_warning(backbone, windows, params, state, folder):
    batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
    ours = attach(backbone, params=params, start=state).eval()(batch.items, batch.times)
    base = backbone(batch.items, batch.times)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        theirs = peft.PeftModel.from_pretrained(backbone, folder).eval()
    assert torch.equal(theirs(batch.items, batch.times), ours)
    assert not torch.equal(ours, base)


def test_load_gives_back_what_was_saved(state, folder):
    loaded = load_adapter(folder)
    assert loaded.keys() == state.keys()
    assert all(torch.equal(loaded[key], state[key]) for key in state)


def test_same_adapter_same_bytes_in_another_order_and_place(backbone, state, params, folder, tmp_path):
    other = tmp_path / "elsewhere" / "r0001"
    reversed_state = {key: state[key] for key in reversed(state)}
    save_adapter(reversed_state, other, params=params, targets=tuple(reversed(backbone.lora_targets)))
    assert bytes_of(other) == bytes_of(folder)


def test_config_names_no_place_and_no_training_state(folder, params):
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "backbone"
    assert config["inference_mode"] is True
    assert (config["r"], config["lora_alpha"]) == (params.rank, params.lora_alpha)
    assert str(folder.parent) not in (folder / "adapter_config.json").read_text()


def test_another_process_writes_the_same_bytes(tmp_path):
    script = """
import sys; from pathlib import Path
from raie.adapters.fresh import fresh_adapter
from raie.adapters.export import save_adapter
from raie.backbones.registry import build_backbone
from raie.params import AdapterParams, BackboneParams
backbone = build_backbone(BackboneParams(dim=16, max_length=8), 12, 3)
params = AdapterParams()
state = fresh_adapter(backbone, params=params, seed=5)
save_adapter(state, Path(sys.argv[1]), params=params, targets=backbone.lora_targets)
"""
    # Sets of strings, which PEFT keeps the targets in, are ordered by the hash seed.
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    subprocess.run([sys.executable, "-c", script, tmp_path / "there"], check=True, env=environment)
    backbone = build_backbone(BackboneParams(dim=16, max_length=8), 12, 3)
    state = fresh_adapter(backbone, params=AdapterParams(), seed=5)
    save_adapter(state, tmp_path / "here", params=AdapterParams(), targets=backbone.lora_targets)
    assert bytes_of(tmp_path / "here") == bytes_of(tmp_path / "there")


def test_a_configuration_is_copied_where_the_settings_are_the_same(backbone, state, params, folder, tmp_path):
    noted = json.loads((folder / "adapter_config.json").read_text()) | {"peft_version": "of another year"}
    (folder / "adapter_config.json").write_text(json.dumps(noted))
    own = {"params": params, "targets": backbone.lora_targets, "like": folder}
    save_adapter(state, tmp_path / "alike", **own)
    assert json.loads((tmp_path / "alike/adapter_config.json").read_text()) == noted
    for change in ({"rank": 3}, {"lora_alpha": 5}, {"dropout": 0.4}):
        changed = params.model_copy(update=change)
        save_adapter(state, tmp_path / "other", **{**own, "params": changed})
        config = peft.LoraConfig.from_pretrained(tmp_path / "other")
        assert (config.r, config.lora_alpha, config.lora_dropout) == (
            changed.rank,
            changed.lora_alpha,
            changed.dropout,
        )
    save_adapter(state, tmp_path / "other", **{**own, "targets": ("q_proj",)})
    assert peft.LoraConfig.from_pretrained(tmp_path / "other").target_modules == {"q_proj"}


def test_copy_is_byte_for_byte(folder, tmp_path):
    copy_adapter(folder, tmp_path / "night" / "r0001")
    assert bytes_of(tmp_path / "night" / "r0001") == bytes_of(folder)
    assert sorted(bytes_of(folder)) == sorted(FILES)


@pytest.mark.parametrize("missing", FILES)
def test_half_an_adapter_is_none(folder, missing, tmp_path):
    (folder / missing).unlink()
    for action in (load_adapter, lambda path: copy_adapter(path, tmp_path / "copy")):
        with pytest.raises(MissingError, match=missing):
            action(folder)
    assert not (tmp_path / "copy").exists()


def test_fresh_adapters_differ_by_seed_alone(backbone, params):
    def first(seed):
        return next(iter(fresh_adapter(backbone, params=params, seed=seed).values()))

    assert torch.equal(first(1), first(1))
    assert not torch.equal(first(1), first(2))
