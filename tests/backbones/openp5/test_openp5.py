"""What an OpenP5 computes, against transformers' own models over the tokenised text."""

import numpy as np
import pytest
import torch
import transformers

from raie.backbones.openp5.cuts import cut
from raie.backbones.openp5.prompt import extend, item_token, text_of
from raie.backbones.passes import Passes
from raie.backbones.protocol import PAD, Batch
from raie.backbones.ranking import label_ranks
from raie.backbones.registry import build_backbone
from raie.params import BackboneParams, PretrainParams
from raie.sequences.training import timelines_of

N_ITEMS = 12
HISTORIES = [[3, 7, 7, 1, 9], [12, 4]]
ITEMS = torch.tensor([[3, 7, 7, 1, 9], [0, 0, 0, 12, 4]])
KIND = {"t5": transformers.T5ForConditionalGeneration, "llama": transformers.LlamaForCausalLM}
PROMPTS = ("What would the user choose after {history}", "the user choose {history} after this ?")


@pytest.fixture(params=PROMPTS)
def over(request, given):
    """Params of an OpenP5 over a given model, with a prompt that ends in the history or in words."""
    return given.model_copy(update={"prompt": request.param})


def reference(family, folder, tokenizer, backbone):
    """The language model itself, with a row for each item's token in its own, tied, table."""
    model = KIND[family].from_pretrained(folder).eval()
    extend(tokenizer, N_ITEMS)
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    table = model.get_input_embeddings().weight
    with torch.no_grad():
        table[-N_ITEMS:] = backbone.item_vectors()[1:] * backbone.scales.item
    tokenizer.padding_side, tokenizer.pad_token = "left", tokenizer.convert_ids_to_tokens(0)
    texts = [text_of(backbone.params.prompt, history) for history in HISTORIES]
    return model, tokenizer(texts, return_tensors="pt", padding=True)


@torch.no_grad()
def test_states_are_those_of_the_language_model_over_the_text(family, folder, tokenizer, over):
    backbone = build_backbone(over, N_ITEMS, seed=3)
    model, text = reference(family, folder, tokenizer, backbone)
    body = model.get_encoder() if family == "t5" else model.model
    positions = (
        {"position_ids": (text.attention_mask.cumsum(1) - 1).clamp(min=0)} if family == "llama" else {}
    )
    read = body(input_ids=text.input_ids, attention_mask=text.attention_mask, **positions).last_hidden_state
    states = backbone.hidden_states(Batch(ITEMS, ITEMS))
    for row, history in enumerate(HISTORIES):
        is_item = text.input_ids[row] >= len(tokenizer) - N_ITEMS
        torch.testing.assert_close(states[row, -len(history) :], read[row, is_item], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_scores_are_its_logits_of_the_item_tokens(family, folder, tokenizer, over):
    backbone = build_backbone(over, N_ITEMS, seed=3)
    model, text = reference(family, folder, tokenizer, backbone)
    if family == "t5":
        start = torch.zeros(len(HISTORIES), 1, dtype=torch.int64)
        logits = model(**text, decoder_input_ids=start).logits[:, 0] * 16**0.5
    else:
        positions = (text.attention_mask.cumsum(1) - 1).clamp(min=0)
        read = model.model(text.input_ids, text.attention_mask, positions).last_hidden_state[:, -1]
        logits = read @ model.get_input_embeddings().weight.T
    scores = backbone.scores(backbone(ITEMS, ITEMS))
    wanted = logits[:, -N_ITEMS:] * (backbone.scales.state / backbone.scales.item)
    torch.testing.assert_close(scores[:, 1:], wanted, rtol=1e-4, atol=1e-5)
    assert tokenizer.convert_ids_to_tokens(len(tokenizer) - 1) == item_token(N_ITEMS)


@torch.no_grad()
def test_items_start_as_large_as_words_and_states_of_unit_size(given):
    backbone = build_backbone(given, 500, seed=3)
    items, words = backbone.item_vectors()[1:] * backbone.scales.item, backbone.words.weight
    assert items.std().item() == pytest.approx(words.square().mean().sqrt().item(), rel=0.05)
    histories = torch.randint(1, 501, (200, 5), generator=torch.Generator().manual_seed(0))
    states = backbone(histories, histories)
    assert states.square().mean().sqrt().item() == pytest.approx(1.0, rel=0.2)


def test_rows_are_cut_between_two_items():
    items = torch.tensor([[0, 0, 1, 2, 3], [1, 2, 3, 4, 5], [0, 0, 0, 8, 9], [0, 0, 0, 0, 7]]).repeat(200, 1)
    read, following = cut(items, torch.Generator().manual_seed(0))
    whole = [
        [*left[left != PAD].tolist(), *right[right != PAD].tolist()]
        for left, right in zip(read, following, strict=True)
    ]
    assert whole == [row[row != PAD].tolist() for row in items]
    assert (read[:, -1] != PAD).all()
    assert (following[:, 0] != PAD).tolist() == [True, True, True, False] * 200
    lengths = (read[1::4] != PAD).sum(dim=1)
    np.testing.assert_allclose(np.bincount(lengths, minlength=5)[1:], 50, atol=20)


def test_words_behind_the_history_do_not_keep_it_from_learning(cycle, windows, family):
    """With the default prompt, `test_pretrain` says so of every backbone."""
    params = BackboneParams(
        name="openp5", family=family, prompt=PROMPTS[1], dim=16, n_layers=1, max_length=8, dropout=0.0
    )
    backbone = build_backbone(params, N_ITEMS, seed=1)
    timelines = timelines_of(cycle.take(cycle.times < 12))
    training = PretrainParams(epochs=45, batch_size=16, learning_rate=5e-3)
    passes = Passes(backbone, timelines, training, seed=5)
    for epoch in range(training.epochs):
        passes.take(epoch)
    popularity = np.argsort(np.argsort(-np.bincount(timelines.items, minlength=N_ITEMS + 1)[1:])) + 1
    by_popularity = popularity[windows.next_items - 1].mean()
    assert label_ranks(backbone, windows, batch_size=64).mean() < 0.7 * by_popularity


@torch.no_grad()
def test_only_items_are_ranked(given):
    backbone = build_backbone(given, N_ITEMS, seed=3)
    backbone.grow(torch.randn(2, 16))
    scores = backbone.scores(backbone(ITEMS, ITEMS))
    assert scores.shape == (2, N_ITEMS + 3)
    assert (scores.argsort(descending=True)[:, -1] == PAD).all()
