"""The F-stage as a plain loop: padded in Python, logits at all positions, one region after another.

What the paper's released code does, written anew from its description in docs/benchmarks.md, on the same
model and with the same loss as ours, so that only the waste differs.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from peft import get_peft_model
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from raie.adapters.lora import lora_config
from raie.backbones.bert4rec import BERT4Rec
from raie.backbones.items import PAD
from raie.params import AdapterParams, EditParams
from raie.regions.regionset import RegionSet
from raie.routing.router import route
from raie.sequences.windows import Windows

BATCH = 64


class AllPositions(nn.Module):
    """A BERT4Rec that computes every position, whoever asks."""

    def __init__(self, backbone: BERT4Rec) -> None:
        super().__init__()
        self.backbone = copy.deepcopy(backbone)

    def forward(self, items: Tensor, masked: Tensor) -> Tensor:
        """Hidden states (B, L, d) of left-padded items (B, L), a mask's vector where ``masked``."""
        backbone = self.backbone
        vectors = torch.where(masked[..., None], backbone.mask_vector, backbone.item_vectors()[items])
        hidden: Tensor = backbone.bert(
            inputs_embeds=vectors,
            attention_mask=((items != PAD) | masked).long(),
            position_ids=backbone.positions(items.shape[1])[None],
        ).last_hidden_state
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of all items at all positions, (B, L, d) -> (B, L, n_items + 1)."""
        return hidden @ self.backbone.item_vectors().T


@dataclass(frozen=True)
class Example:
    """A history without padding, as Python holds it, and the item that came next."""

    items: list[int]
    next_item: int


def examples_of(windows: Windows) -> list[Example]:
    """Turn windows into Python objects."""
    return [
        Example([item for item in history if item != PAD], next_item)
        for history, next_item in zip(windows.histories.tolist(), windows.next_items.tolist(), strict=True)
    ]


def padded(examples: list[Example], length: int, *, mask_last: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Pad a batch in Python: items (B, T) and where the mask stands, T = length + 1 with it; labels (B,)."""
    width = length + mask_last
    items = torch.full((len(examples), width), PAD, dtype=torch.long)
    masked = torch.zeros((len(examples), width), dtype=torch.bool)
    labels = torch.zeros(len(examples), dtype=torch.long)
    for row, example in enumerate(examples):
        history = example.items[-length:]
        for place, item in enumerate(history):
            items[row, length - len(history) + place] = item
        if mask_last:
            masked[row, -1] = True
        labels[row] = example.next_item
    return items, masked, labels


def padded_stage(
    backbone: BERT4Rec,
    regions: RegionSet,
    finetune: Windows,
    test: Windows,
    *,
    params: AdapterParams,
    edits: EditParams,
) -> np.ndarray:
    """Map Finetune, train a region's adapter after another's, rank Test: (N,) ranks from 1."""
    model, length = AllPositions(backbone).eval(), finetune.histories.shape[1]
    learnt, asked = examples_of(finetune), examples_of(test)
    of_learnt = _mapped(model, learnt, regions, length, edits)
    of_asked = _mapped(model, asked, regions, length, edits)
    ranks = np.zeros(len(asked), dtype=np.int64)
    for region in range(len(regions)):
        mine = [example for example, place in zip(learnt, of_learnt, strict=True) if place == region]
        rows = [row for row, place in enumerate(of_asked) if place == region]
        adapted = _trained(model, mine, length, params, seed=region) if mine else model
        ranks[rows] = _ranked(adapted, [asked[row] for row in rows], length)
    return ranks


def _batches(examples: list[Example]) -> Iterator[list[Example]]:
    for start in range(0, len(examples), BATCH):
        yield examples[start : start + BATCH]


@torch.no_grad()
def _mapped(
    model: AllPositions, examples: list[Example], regions: RegionSet, length: int, edits: EditParams
) -> list[int]:
    places: list[int] = []
    for batch in _batches(examples):
        items, masked, _ = padded(batch, length, mask_last=False)
        hidden, counted = model(items, masked), (items != PAD)[..., None]
        encodings = normalize((hidden * counted).sum(dim=1) / counted.sum(dim=1), dim=1)
        places += route(encodings.numpy(), regions, params=edits).region.tolist()
    return places


def _trained(
    model: AllPositions, examples: list[Example], length: int, params: AdapterParams, *, seed: int
) -> AllPositions:
    torch.manual_seed(seed)
    targets = model.backbone.lora_targets
    adapted = get_peft_model(copy.deepcopy(model), lora_config(params, targets)).train()
    trained = [parameter for parameter in adapted.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=params.learning_rate, weight_decay=0.0)
    order = np.random.default_rng(seed)
    for _ in range(params.epochs):
        shuffled = [examples[place] for place in order.permutation(len(examples))]
        for start in range(0, len(shuffled), params.batch_size):
            items, masked, labels = padded(
                shuffled[start : start + params.batch_size], length, mask_last=True
            )
            logits = adapted.get_base_model().logits(adapted(items, masked))
            loss = cross_entropy(logits[:, -1], labels)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
    merged: AllPositions = adapted.merge_and_unload().eval()
    return merged


@torch.no_grad()
def _ranked(model: AllPositions, examples: list[Example], length: int) -> list[int]:
    ranks: list[int] = []
    for batch in _batches(examples):
        items, masked, labels = padded(batch, length, mask_last=True)
        scores = model.logits(model(items, masked))[:, -1, 1:]
        own = scores.gather(1, labels[:, None] - 1)
        ranks += (1 + (scores > own).sum(dim=1)).tolist()
    return ranks
