"""Language models given by folder: loaded once, and kept in the snapshot."""

import json
import shutil

import pytest
import torch
import transformers

from raie.backbones.files import backbone_digest
from raie.backbones.registry import build_backbone
from raie.backbones.store import load_backbone, save_backbone
from raie.exceptions import RaieError
from raie.params import BackboneParams
from tests.backbones.openp5.conftest import t5_tokenizer

N_ITEMS = 12
ITEMS = torch.tensor([[0, 3, 7, 1], [5, 4, 12, 4]])


def states_of(backbone):
    with torch.no_grad():
        return backbone(ITEMS, ITEMS)


def test_a_snapshot_answers_without_the_language_model(given, folder, tmp_path):
    backbone = build_backbone(given, N_ITEMS, seed=3)
    save_backbone(backbone, tmp_path / "genesis")
    shutil.rmtree(folder)
    loaded = load_backbone(tmp_path / "genesis", params=given)
    assert torch.equal(states_of(loaded), states_of(backbone))
    assert loaded.lora_targets == backbone.lora_targets
    loaded.grow(torch.randn(2, 16))
    save_backbone(loaded, tmp_path / "night", previous=tmp_path / "genesis")
    assert torch.equal(states_of(load_backbone(tmp_path / "night")), states_of(backbone))
    with pytest.raises(RaieError, match="there is no such folder"):
        build_backbone(given, N_ITEMS, seed=3)


def test_the_digest_covers_the_prompt(given, folder, tmp_path):
    for name, prompt in (("one", "choose after {history}"), ("other", "choose this after {history}")):
        changed = given.model_copy(update={"prompt": prompt})
        save_backbone(build_backbone(changed, N_ITEMS, seed=3), tmp_path / name)
    configs = [json.loads((tmp_path / name / "backbone.json").read_text()) for name in ("one", "other")]
    assert configs[0]["architecture"]["prompt"] != configs[1]["architecture"]["prompt"]
    assert str(folder) not in json.dumps([config["architecture"] for config in configs])
    assert configs[0]["architecture"]["origin"] == configs[1]["architecture"]["origin"]
    assert backbone_digest(tmp_path / "one") != backbone_digest(tmp_path / "other")


def test_a_snapshot_says_of_which_language_model_it_was_made(given, folder):
    before = build_backbone(given, N_ITEMS, seed=3).architecture["origin"]
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0?")
    after = build_backbone(given, N_ITEMS, seed=3).architecture["origin"]
    assert len(before) == 64
    assert before != after


def test_weights_are_those_of_the_folder_whatever_the_seed(given, folder):
    one, other = (build_backbone(given, N_ITEMS, seed=seed) for seed in (1, 2))
    assert all(
        torch.equal(one.body.state_dict()[name], weight) for name, weight in other.body.state_dict().items()
    )
    assert not torch.equal(one.item_vectors(), other.item_vectors())


def test_weights_in_half_precision_become_float32(given, folder):
    whole = states_of(build_backbone(given, N_ITEMS, seed=3))
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    backbone = build_backbone(given, N_ITEMS, seed=3)
    assert {weight.dtype for weight in backbone.state_dict().values()} == {torch.float32}
    torch.testing.assert_close(states_of(backbone), whole, rtol=0.1, atol=0.1)


def test_a_layer_of_gpt2_s_own_kind_becomes_linear(tmp_path):
    tokenizer = t5_tokenizer()
    config = transformers.GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=16,
        n_layer=2,
        n_head=2,
        n_positions=33,
        bos_token_id=1,
        eos_token_id=1,
    )
    model = transformers.GPT2LMHeadModel(config).eval()
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    params = BackboneParams(name="openp5", dim=16, max_length=8, language_model=str(tmp_path))
    backbone = build_backbone(params, N_ITEMS, seed=3)
    assert backbone.lora_targets == ("c_attn", "c_fc", "c_proj")
    with torch.no_grad():
        vectors = backbone.embed(backbone.prompt.token_ids(ITEMS[1:]))
        wanted = model.transformer(inputs_embeds=vectors).last_hidden_state[:, -1] * backbone.scales.state
        torch.testing.assert_close(backbone(ITEMS[1:], ITEMS[1:]), wanted)
