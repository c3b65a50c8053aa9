"""A language model that was given: looked at before anything else is done."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raie.backbones.openp5.folder import CONFIG, folder_of
from raie.backbones.openp5.prompt import Prompt, read_prompt
from raie.exceptions import UsageError
from raie.params import BackboneParams


@dataclass(frozen=True)
class Found:
    """A language model that can be loaded.

    Attributes
    ----------
    folder : Path
    config : PretrainedConfig
    prompt : Prompt
        As its tokenizer reads it.
    """

    folder: Path
    config: Any
    prompt: Prompt


def check_language_model(params: BackboneParams) -> None:
    """Refuse a language model that pretraining could not use; of the hub's, download what is missing.

    Raises
    ------
    MissingError, UsageError
        As `find_language_model`.
    """
    if params.name == "openp5" and params.language_model is not None:
        find_language_model(params)


def find_language_model(params: BackboneParams) -> Found:
    """Find the language model of ``params.language_model`` and read all of it but the weights.

    Raises
    ------
    MissingError
        If one of its files is not there, or the hub cannot be asked.
    UsageError
        If it is no T5 and no causal model, has other dimensions than the params say, reads less than the
        longest prompt, or has fewer words than its tokenizer.
    """
    folder = folder_of(str(params.language_model))
    config = _config(folder)
    _check_dimensions(config, params)
    tokenizer = _tokenizer(folder)
    if len(tokenizer) > config.vocab_size:
        raise UsageError(
            f"the tokenizer at {folder} has {len(tokenizer)} words, its language model {config.vocab_size}: "
            "use the tokenizer that the model was trained with"
        )
    prompt = read_prompt(params.prompt, tokenizer)
    _check_length(config, len(prompt), params)
    return Found(folder, config, prompt)


def _config(folder: Path) -> Any:
    from huggingface_hub.errors import StrictDataclassError
    from transformers import AutoConfig

    try:
        _check_kind(json.loads((folder / CONFIG).read_text(encoding="utf-8")), folder)
        return AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (ValueError, TypeError, KeyError, AttributeError, StrictDataclassError) as error:
        raise UsageError(
            f"{folder / CONFIG} describes no language model: save it with save_pretrained"
        ) from error


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    try:
        # The folder may name code of its own: it is never run.
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    # The parser of tokenizer.json raises Exception itself.
    except Exception as error:
        raise UsageError(
            f"the tokenizer at {folder} cannot be read ({type(error).__name__}): save it again with "
            "save_pretrained, one of transformers' own kinds"
        ) from error


def _check_kind(document: dict[str, Any], folder: Path) -> None:
    from transformers.models.auto import modeling_auto as known

    kind = document.get("model_type")
    # Masked language models stand among the causal ones too: they could be trained as such.
    causal = kind in known.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    masked = kind in known.MODEL_FOR_MASKED_LM_MAPPING_NAMES or document.get("is_encoder_decoder")
    if kind != "t5" and (not causal or masked):
        raise UsageError(f"the language model at {folder} is a {kind}: use a T5 or a causal one, like Llama")
    if "quantization_config" in document:
        raise UsageError(f"the language model at {folder} is quantised: use its weights in bf16 or float32")


def _check_dimensions(config: Any, params: BackboneParams) -> None:
    dimensions = {
        "dim": (params.dim, "hidden_size", "is {} wide"),
        "n_layers": (params.n_layers, "num_hidden_layers", "has {} layers"),
        "n_heads": (params.n_heads, "num_attention_heads", "has {} heads"),
    }
    for name, (ours, attribute, described) in dimensions.items():
        its = getattr(config, attribute, None)
        if not isinstance(its, int):
            raise UsageError(
                f"the language model at {params.language_model} is a {config.model_type} without one "
                f"{attribute}: use a T5 or a causal one of a single kind of layers, like Llama"
            )
        if ours != its:
            raise UsageError(
                f"backbone.{name} = {ours}, but the language model at {params.language_model} "
                f"{described.format(its)}: set backbone.{name}: {its}"
            )


def _check_length(config: Any, n_words: int, params: BackboneParams) -> None:
    # T5 knows distances only, of any length.
    longest = None if config.is_encoder_decoder else getattr(config, "max_position_embeddings", None)
    if longest is not None and n_words + params.max_length > longest:
        raise UsageError(
            f"the language model at {params.language_model} reads {longest} tokens, but the prompt has "
            f"{n_words} words beside {params.max_length} items: lower backbone.max_length"
        )
