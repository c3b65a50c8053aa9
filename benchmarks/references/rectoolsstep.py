"""Training steps of RecTools' SASRec and BERT4Rec; run by the interpreter of RecTools' environment.

Batches are made by RecTools' own loader before anything is timed; a step is forward, loss, backward, Adam.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import torch
from answering import answer
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import BERT4RecModel, SASRecModel
from rectools.models.nn.transformers.net_blocks import PreLNTransformerLayers


def _prepare(told: dict[str, Any]) -> Callable[[], list[float]]:
    warnings.simplefilter("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    torch.manual_seed(0)
    rows = np.load(told["rows"], allow_pickle=False)
    model = _model(told)
    model._build_model_from_dataset(_dataset(rows, told["n_items"]))
    batches = list(islice(_full(model.data_preparator.get_dataloader_train(), told), told["steps"]))
    module = model.lightning_model.train()
    module.on_train_start()
    module.log = lambda *_, **__: None  # there is no trainer to log to
    optimizer = module.configure_optimizers()
    n_parameters = sum(parameter.numel() for parameter in module.torch_model.parameters())

    def work() -> list[float]:
        losses = []
        for number, batch in enumerate(batches):
            loss = module.training_step(batch, number)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            losses.append(loss.item())
        return [n_parameters, float(np.mean(losses))]

    return work


def _model(told: dict[str, Any]) -> Any:
    same = {
        "n_blocks": told["n_layers"],
        "n_heads": told["n_heads"],
        "n_factors": told["dim"],
        "dropout_rate": told["dropout"],
        "session_max_len": told["length"],
        "batch_size": told["batch_size"],
        "lr": told["learning_rate"],
        "loss": "softmax",
        # the block with a feed-forward layer of width 4 d, as ours has
        "transformer_layers_type": PreLNTransformerLayers,
        "use_key_padding_mask": told["name"] == "bert4rec",
    }
    if told["name"] == "sasrec":
        return SASRecModel(**same)
    return BERT4RecModel(**same, mask_prob=told["mask_share"])


def _dataset(rows: np.ndarray, n_items: int) -> Dataset:
    """Rows as users, and users more who hold the rest of the catalogue."""
    length = rows.shape[1]
    rest = np.resize(np.arange(1, n_items + 1), (-(-n_items // length), length))
    everyone = np.concatenate([rows, rest])
    users = np.repeat(np.arange(len(everyone)), length)
    moments = pd.Timestamp("2020-01-01") + pd.to_timedelta(
        np.tile(np.arange(length), len(everyone)), unit="D"
    )
    table = {
        Columns.User: users,
        Columns.Item: everyone.ravel(),
        Columns.Weight: 1,
        Columns.Datetime: moments,
    }
    return Dataset.construct(pd.DataFrame(table))


def _full(batches: Any, told: dict[str, Any]) -> Iterator[Any]:
    return (batch for batch in batches if len(batch["x"]) == told["batch_size"])


if __name__ == "__main__":
    answer(_prepare)
