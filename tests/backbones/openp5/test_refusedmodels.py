"""Language models that cannot be used: one line each, before any work."""

import contextlib
import json
import shutil

import pytest
import transformers

from raie.backbones.openp5.languagemodel import check_language_model
from raie.backbones.registry import build_backbone
from raie.exceptions import RaieError
from raie.params import BackboneParams
from tests.backbones.openp5.conftest import llama_model, t5_model, t5_tokenizer

N_ITEMS = 12


def rewritten(folder, **changes):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))


def only_pickles(folder):
    weights = folder / "model.safetensors"
    weights.rename(folder / "pytorch_model.bin")


def other_weights(folder):
    kind = json.loads((folder / "config.json").read_text())["model_type"]
    {"t5": llama_model, "llama": t5_model}[kind](40).save_pretrained(folder / "other")
    shutil.copyfile(folder / "other" / "model.safetensors", folder / "model.safetensors")


def other_tokenizer(folder):
    tokenizer = t5_tokenizer()
    tokenizer.add_tokens([f"word{number}" for number in range(500)])
    tokenizer.save_pretrained(folder)


def own_code(folder):
    """Names code of its own for every part of it."""
    (folder / "planted.py").write_text(f"open({str(folder / 'canary')!r}, 'w').close()\n")
    named = {"AutoConfig": "planted.C", "AutoModel": "planted.M", "AutoTokenizer": ["planted.T", "planted.T"]}
    path = folder / "tokenizer_config.json"
    held = {**json.loads(path.read_text()), "auto_map": named, "tokenizer_class": "PlantedTokenizer"}
    path.write_text(json.dumps(held))
    rewritten(folder, auto_map=named)


def of_many_kinds_of_layers(folder):
    transformers.MambaConfig(vocab_size=99, hidden_size=16, num_hidden_layers=2).save_pretrained(folder)


FAULTS = {
    "no heads": (of_many_kinds_of_layers, "is a mamba without one num_attention_heads"),
    "half a tokenizer": (
        lambda folder: (folder / "tokenizer.json").write_text('{"version": "1.0"'),
        "the tokenizer at .* cannot be read",
    ),
    "no folder": (shutil.rmtree, "there is no such folder"),
    "no config": (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json is missing"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "no model.safetensors"),
    "only pickles": (only_pickles, "pickles are never read.*save_pretrained"),
    "a masked model": (
        lambda folder: rewritten(folder, model_type="bert"),
        "is a bert: use a T5 or a causal",
    ),
    "no model type": (lambda folder: rewritten(folder, model_type=None), "is a None: use a T5 or a causal"),
    "a quantised model": (lambda folder: rewritten(folder, quantization_config={}), "is quantised"),
    "no JSON": (
        lambda folder: (folder / "config.json").write_text("{"),
        "config.json describes no language model",
    ),
    "another tokenizer": (other_tokenizer, "has 5.. words, its language model"),
}


def test_a_model_s_own_code_is_never_run(given, folder, monkeypatch):
    own_code(folder)
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    with contextlib.suppress(RaieError):  # or the class that its model usually has is taken
        build_backbone(given, N_ITEMS, seed=0)
    assert not (folder / "canary").exists()


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_used_is_refused_before_any_work(given, folder, fault):
    spoil, message = FAULTS[fault]
    spoil(folder)
    with pytest.raises(RaieError, match=message) as caught:
        check_language_model(given)
    assert "\n" not in str(caught.value)
    with pytest.raises(RaieError, match=message):
        build_backbone(given, N_ITEMS, seed=0)


def test_weights_of_another_model_are_refused(given, folder):
    other_weights(folder)
    with pytest.raises(RaieError, match="are not those of its config.json") as caught:
        build_backbone(given, N_ITEMS, seed=0)
    assert "\n" not in str(caught.value)


def test_half_the_weights_are_refused(given, folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    with pytest.raises(RaieError, match="are not those of its config.json"):
        build_backbone(given, N_ITEMS, seed=0)


@pytest.mark.parametrize("name, value", [("dim", 64), ("n_layers", 3), ("n_heads", 4)])
def test_other_dimensions_are_named_with_the_remedy(given, name, value):
    wanted = getattr(given, name)
    with pytest.raises(RaieError, match=rf"backbone.{name} = {value}, but .* set backbone.{name}: {wanted}"):
        check_language_model(given.model_copy(update={name: value}))


def test_a_model_that_reads_less_than_the_longest_prompt_is_refused(given, folder, family):
    rewritten(folder, max_position_embeddings=9)
    if family == "t5":  # relative positions have no end
        check_language_model(given)
        return
    with pytest.raises(RaieError, match="reads 9 tokens, .*max_length"):
        check_language_model(given)


@pytest.mark.parametrize(
    "name, message",
    [
        ("models/t5", "the hub does not give 'models/t5'"),
        ("./here", "relative path"),
        ("~nosuchuser/t5", "there is no such home folder"),
        ("a b/c", "no name on the hub"),
    ],
)
def test_names_that_lead_nowhere_are_refused(given, monkeypatch, name, message):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(RaieError, match=message):
        check_language_model(given.model_copy(update={"language_model": name}))


def test_other_backbones_and_small_models_need_no_check():
    for params in (BackboneParams(name="openp5"), BackboneParams(name="sasrec", language_model="/nowhere")):
        check_language_model(params)
