import numpy as np
import pytest
import torch

from benchmarks.references.peftloop import attach
from raie.adapters.export import save_adapter
from raie.adapters.files import PREFIX
from raie.adapters.fresh import fresh_adapter
from raie.adapters.norms import adapter_norm, layers_of, relative_norms
from raie.backbones.store import save_backbone
from raie.exceptions import MissingError


@pytest.fixture
def trained(train, windows):
    return train(windows).state


def saved(state, backbone, params, folder):
    save_adapter(state, folder / "adapter", params=params, targets=backbone.lora_targets)
    save_backbone(backbone, folder / "backbone")
    return folder / "adapter", folder / "backbone"


def test_a_fresh_adapter_moves_nothing(backbone, params, tmp_path):
    fresh = fresh_adapter(backbone, params=params, seed=0)
    assert adapter_norm(*saved(fresh, backbone, params, tmp_path)) == {"max": 0.0, "mean": 0.0}


def test_it_is_the_change_that_peft_makes_to_the_weights(trained, backbone, params, tmp_path):
    folder, frozen = saved(trained, backbone, params, tmp_path)
    before = backbone.state_dict()
    after = attach(backbone, params=params, start=trained).merge_and_unload().state_dict()
    moved = {
        name: float(torch.norm(after[name].double() - before[name]) / torch.norm(before[name].double()))
        for name in (f"{layer}.weight" for layer in layers_of(trained))
    }
    assert min(moved.values()) > 0
    expected = {"max": max(moved.values()), "mean": np.mean(list(moved.values()))}
    assert adapter_norm(folder, frozen) == pytest.approx(expected, rel=1e-4)


def test_it_is_the_norm_of_the_product(backbone, trained):
    generator = np.random.default_rng(0)
    state = {name: tensor.numpy() for name, tensor in trained.items()}
    frozen = {layer: generator.standard_normal((5, 7)) for layer in layers_of(state)}
    for layer, norm in relative_norms(state, frozen, scale=0.5).items():
        down, up = (state[f"{PREFIX}{layer}.lora_{end}.weight"].astype(float) for end in "AB")
        product = 0.5 * np.linalg.norm(up @ down) / np.linalg.norm(frozen[layer])
        assert norm == pytest.approx(product, rel=1e-9)


def test_a_missing_adapter_is_named(backbone, tmp_path):
    save_backbone(backbone, tmp_path / "backbone")
    with pytest.raises(MissingError, match="no adapter at .*nowhere"):
        adapter_norm(tmp_path / "nowhere", tmp_path / "backbone")
