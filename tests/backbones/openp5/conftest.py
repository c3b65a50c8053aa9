"""Small language models with tokenizers of the two usual kinds, as `save_pretrained` writes them."""

import pytest
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from raie.params import BackboneParams

TEXTS = ["What would the user choose after this ?", "the user would choose the other one after all"]
DIM, LAYERS, HEADS = 16, 2, 2


def t5_tokenizer():
    """Pieces of words with a mark for spaces, an end token after every text."""
    pieces = sorted({piece for text in TEXTS for word in text.split() for piece in (*word, "▁" + word[:3])})
    known = [
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", -9.0),
        ("▁", -3.0),
        *((piece, -2.0) for piece in pieces),
    ]
    plain = Tokenizer(models.Unigram(known, unk_id=2))
    plain.pre_tokenizer = pre_tokenizers.Metaspace()
    plain.decoder = decoders.Metaspace()
    plain.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 1)])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<pad>", eos_token="</s>")


def llama_tokenizer():
    """Pairs of bytes, a start token before every text."""
    plain = Tokenizer(models.BPE())
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    plain.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=60, special_tokens=["<s>", "</s>"]))
    plain.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 0)])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=plain, bos_token="<s>", eos_token="</s>")


def t5_model(n_words):
    config = transformers.T5Config(
        vocab_size=n_words, d_model=DIM, d_kv=8, d_ff=32, num_layers=LAYERS, num_heads=HEADS,
    )  # fmt: skip
    return transformers.T5ForConditionalGeneration(config)


def llama_model(n_words):
    config = transformers.LlamaConfig(
        vocab_size=n_words, hidden_size=DIM, intermediate_size=32, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=1, bos_token_id=0, eos_token_id=1,
        initializer_range=0.3,
    )  # fmt: skip
    return transformers.LlamaForCausalLM(config)


TOKENIZERS = {"t5": t5_tokenizer, "llama": llama_tokenizer}
MODELS = {"t5": t5_model, "llama": llama_model}


@pytest.fixture(params=MODELS)
def family(request):
    return request.param


@pytest.fixture
def tokenizer(family):
    return TOKENIZERS[family]()


@pytest.fixture
def folder(family, tokenizer, tmp_path):
    """A language model whose table has more rows than its tokenizer words, as T5's has."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        MODELS[family](len(tokenizer) + 4).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def given(folder):
    """Params of an OpenP5 over that language model."""
    shape = {"dim": DIM, "n_layers": LAYERS, "n_heads": HEADS, "max_length": 8}
    return BackboneParams(name="openp5", language_model=str(folder), **shape)
