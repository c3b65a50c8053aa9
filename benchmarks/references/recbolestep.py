"""Training steps of RecBole's SASRec and BERT4Rec; run by the interpreter of RecBole's environment.

Model and loss are RecBole's; batches are handed to it as its loader would, made before anything is timed. A
step is forward, loss, backward, Adam. Its SASRec predicts one item per row, the last.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from answering import answer
from recbole.model.sequential_recommender import SASRec
from recbole.model.sequential_recommender.bert4rec import BERT4Rec

NAMES = {
    "USER_ID_FIELD": "user_id",
    "ITEM_ID_FIELD": "item_id",
    "LIST_SUFFIX": "_list",
    "ITEM_LIST_LENGTH_FIELD": "item_length",
    "NEG_PREFIX": "neg_",
    "MASK_ITEM_SEQ": "masked",
    "POS_ITEMS": "pos_items",
    "NEG_ITEMS": "neg_items",
    "MASK_INDEX": "mask_index",
}


class _Catalogue:
    """What a model asks of RecBole's data set: how many items there are, padding among them."""

    def __init__(self, n_items: int) -> None:
        self._n_items = n_items

    def num(self, field: str) -> int:
        return self._n_items + 1


def _prepare(told: dict[str, Any]) -> Callable[[], list[float]]:
    torch.manual_seed(0)
    rows = torch.as_tensor(np.load(told["rows"], allow_pickle=False).astype(np.int64))
    kind, batch_of = (SASRec, _last) if told["name"] == "sasrec" else (BERT4Rec, _masked)
    model = kind(_config(told), _Catalogue(told["n_items"])).train()
    batches = [batch_of(part, told) for part in rows.split(told["batch_size"])]
    optimizer = torch.optim.Adam(model.parameters(), lr=told["learning_rate"])
    n_parameters = sum(parameter.numel() for parameter in model.parameters())

    def work() -> list[float]:
        losses = []
        for batch in batches:
            optimizer.zero_grad()
            loss = model.calculate_loss(batch)
            torch.autograd.backward(loss)
            optimizer.step()
            losses.append(loss.item())
        return [n_parameters, float(np.mean(losses))]

    return work


def _config(told: dict[str, Any]) -> dict[str, Any]:
    return {
        **NAMES,
        "device": torch.device("cpu"),
        "MAX_ITEM_LIST_LENGTH": told["length"],
        "n_layers": told["n_layers"],
        "n_heads": told["n_heads"],
        "hidden_size": told["dim"],
        "inner_size": 4 * told["dim"],
        "hidden_dropout_prob": told["dropout"],
        "attn_dropout_prob": told["dropout"],
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "initializer_range": 0.02,
        "mask_ratio": told["mask_share"],
        "loss_type": "CE",
    }


def _last(rows: torch.Tensor, told: dict[str, Any]) -> dict[str, torch.Tensor]:
    lengths = torch.full((len(rows),), told["length"])
    return {"item_id_list": rows[:, :-1], "item_length": lengths, "item_id": rows[:, -1]}


def _masked(rows: torch.Tensor, told: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Mask as many places of every row as RecBole does, its last among them; place 0 counts as none there."""
    n_masked = int(told["mask_share"] * told["length"])
    drawn = 1 + torch.rand(len(rows), told["length"] - 2).argsort(dim=1)[:, : n_masked - 1]
    places = torch.cat([drawn, torch.full((len(rows), 1), told["length"] - 1)], dim=1)
    masked = rows.scatter(1, places, told["n_items"] + 1)
    targets = rows.gather(1, places)
    return {"masked": masked, "pos_items": targets, "neg_items": targets, "mask_index": places}


if __name__ == "__main__":
    answer(_prepare)
