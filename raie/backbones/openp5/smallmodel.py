"""A small untrained language model and a tokenizer of the prompt's own words, where there are no weights."""

from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, PreTrainedTokenizerFast, T5Config

from raie.params import BackboneParams
from raie.params.training import HISTORY

_PAD, _END, _UNKNOWN = "<pad>", "</s>", "<unk>"


def small_tokenizer(template: str) -> PreTrainedTokenizerFast:
    """Make a tokenizer that splits at spaces and knows the words of ``template`` alone."""
    words = sorted(set(template.replace(HISTORY, " ").split()))
    numbers = {word: number for number, word in enumerate(dict.fromkeys([_PAD, _END, _UNKNOWN, *words]))}
    plain = Tokenizer(models.WordLevel(numbers, unk_token=_UNKNOWN))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=plain, pad_token=_PAD, eos_token=_END, unk_token=_UNKNOWN)


def small_config(params: BackboneParams, n_words: int) -> Any:
    """Configure a T5 or Llama of the width, depth and heads that ``params`` name."""
    if params.family == "t5":
        return T5Config(
            vocab_size=n_words,
            d_model=params.dim,
            d_kv=params.dim // params.n_heads,
            d_ff=4 * params.dim,
            num_layers=params.n_layers,
            num_heads=params.n_heads,
            decoder_start_token_id=0,
        )
    return LlamaConfig(
        vocab_size=n_words,
        hidden_size=params.dim,
        intermediate_size=8 * -(-params.dim // 3),  # as many weights as two layers of 4 d
        num_hidden_layers=params.n_layers,
        num_attention_heads=params.n_heads,
        # As large as the item vectors, as in BERT4Rec.
        initializer_range=params.dim**-0.5,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
    )
