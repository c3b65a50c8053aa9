"""An OpenP5 from a language model, from a small one of random weights, or from what a snapshot holds."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from raie.backbones.openp5.body import config_of, empty_body, loaded_body, untrained_body
from raie.backbones.openp5.families import T5P5, CausalP5
from raie.backbones.openp5.folder import digest_of
from raie.backbones.openp5.languagemodel import find_language_model
from raie.backbones.openp5.prompt import Prompt, read_prompt
from raie.backbones.openp5.reader import OpenP5, Scales
from raie.backbones.openp5.smallmodel import small_config, small_tokenizer
from raie.params import BackboneParams


def make_openp5(
    params: BackboneParams, n_items: int, architecture: Mapping[str, Any] | None = None
) -> OpenP5:
    """Make an untrained OpenP5, or with ``architecture`` one to be filled with a snapshot's weights.

    Raises
    ------
    MissingError, UsageError
        If the language model cannot be used, see `raie.backbones.openp5.languagemodel`.
    """
    if architecture is not None:
        return _again(params, n_items, **architecture)
    if params.language_model is not None:
        found = find_language_model(params)
        prompt, body, origin = found.prompt, loaded_body(found, params.dropout), digest_of(found.folder)
    else:
        prompt, origin = read_prompt(params.prompt, small_tokenizer(params.prompt)), None
        body = untrained_body(small_config(params, prompt.vocabulary), params.dropout)
    item = _rounded(_size(_some_words(body.get_input_embeddings())) * params.dim**0.5)
    made = _kind(body)(params, n_items, body, prompt=prompt, scales=Scales(item), origin=origin)
    made.scales = Scales(item, _rounded(1 / _size(_some_states(made))))
    return made


def _again(
    params: BackboneParams,
    n_items: int,
    *,
    config: Mapping[str, Any],
    prompt: Mapping[str, Any],
    scales: Mapping[str, float],
    origin: str | None,
) -> OpenP5:
    body = empty_body(config_of(config), params.dropout)
    words = Prompt(tuple(prompt["prefix"]), tuple(prompt["suffix"]), prompt["vocabulary"])
    return _kind(body)(params, n_items, body, prompt=words, scales=Scales(**scales), origin=origin)


def _kind(body: Any) -> type[OpenP5]:
    return T5P5 if body.config.is_encoder_decoder else CausalP5


@torch.no_grad()
def _some_words(words: nn.Embedding) -> torch.Tensor:
    """Words as they are read: some models enlarge the rows of their table."""
    chosen = torch.arange(0, words.num_embeddings, 1 + words.num_embeddings // 4096)
    vectors: torch.Tensor = words(chosen)
    return vectors


@torch.no_grad()
def _some_states(made: OpenP5) -> torch.Tensor:
    """States of histories of every length."""
    longest = min(made.n_items, made.params.max_length)
    items = torch.arange(1, longest + 1).expand(longest, -1).tril().flip(1)
    states: torch.Tensor = made.eval()(items, items)
    return states


def _size(vectors: torch.Tensor) -> float:
    """Root of the mean square."""
    return float(vectors.detach().double().square().mean().sqrt())


def _rounded(scale: float) -> float:
    """The same on machines that round differently."""
    return float(f"{scale:.4g}")
