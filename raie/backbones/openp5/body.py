"""The body of a language model: its layers without head and word embeddings, in float32."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn
from transformers import AutoConfig, AutoModel
from transformers.initialization import no_init_weights
from transformers.pytorch_utils import Conv1D
from transformers.utils import logging

from raie.backbones.openp5.languagemodel import Found
from raie.exceptions import UsageError

_OF_THIS_MACHINE = ("_name_or_path", "transformers_version", "dtype", "architectures")
_DROPOUTS = (
    "dropout",
    "dropout_rate",
    "hidden_dropout",
    "attention_dropout",
    "attn_pdrop",
    "resid_pdrop",
)
"""What models call it within their layers."""


def untrained_body(config: Any, dropout: float) -> Any:
    """Make a body of random weights from torch's global generator."""
    return _prepared(_model(_with_dropout(config, dropout)))


def empty_body(config: Any, dropout: float) -> Any:
    """Make a body of arbitrary weights, to be filled: drawing those of a large model takes a minute."""
    with no_init_weights():
        return untrained_body(config, dropout)


def loaded_body(found: Found, dropout: float) -> Any:
    """Load the body of a language model, whatever precision it is stored in.

    Raises
    ------
    UsageError
        If its weights are not those that its config describes.
    """
    config = _with_dropout(found.config, dropout)
    wrong = f"the weights at {found.folder} are not those of its config.json: get both from one place"
    with _quiet():
        try:
            body, report = AutoModel.from_pretrained(
                found.folder,
                config=config,
                dtype=torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
        except (RuntimeError, OSError, ValueError, KeyError, SafetensorError) as error:
            raise UsageError(wrong) from error
    if report["missing_keys"] or report["mismatched_keys"]:
        raise UsageError(wrong)
    words, layers = body.get_input_embeddings().embedding_dim, config.hidden_size
    if words != layers:
        raise UsageError(
            f"the language model at {found.folder} has words {words} wide and layers {layers} wide: use one "
            "whose words go into its layers as they are"
        )
    return _prepared(body)


def document_of(config: Any) -> dict[str, Any]:
    """A config as a JSON-able document that names neither this machine nor its libraries."""
    return {key: value for key, value in config.to_dict().items() if key not in _OF_THIS_MACHINE}


def config_of(document: Mapping[str, Any]) -> Any:
    """The config that `document_of` wrote."""
    others = {key: value for key, value in document.items() if key != "model_type"}
    return AutoConfig.for_model(document["model_type"], **others)


def linear_names(body: nn.Module) -> tuple[str, ...]:
    """Last parts of the names of all linear layers, sorted."""
    linear = (name for name, module in body.named_modules() if isinstance(module, nn.Linear))
    return tuple(sorted({name.rsplit(".", 1)[-1] for name in linear}))


def _model(config: Any) -> Any:
    return AutoModel.from_config(config, dtype=torch.float32, trust_remote_code=False)


def _with_dropout(config: Any, dropout: float) -> Any:
    known = config.to_dict()
    for name in _DROPOUTS:
        if name in known:
            setattr(config, name, dropout)
    config.use_cache = False
    return config


def _prepared(body: Any) -> Any:
    for name, module in list(body.named_modules()):
        if isinstance(module, Conv1D):
            body.set_submodule(name, _as_linear(module))
    return body


def _as_linear(layer: Conv1D) -> nn.Linear:
    """GPT-2's own layer as the one that adapters know: its weight is the transpose."""
    n_in, n_out = layer.weight.shape
    linear = nn.Linear(n_in, n_out)
    with torch.no_grad():
        linear.weight.copy_(layer.weight.T)
        linear.bias.copy_(layer.bias)
    return linear


@contextmanager
def _quiet() -> Iterator[None]:
    """Say nothing of the head that is left behind."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
