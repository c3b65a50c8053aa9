"""Calibrate the odds of regions that received enough, before their adapters learn from what they received."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from raie.adapters.bank import AdapterBank
from raie.backbones.device import pick_device
from raie.backbones.itemblocks import table_rows
from raie.backbones.protocol import Backbone
from raie.datastore.calibrate import Expected, calibrated
from raie.datastore.datastore import Datastore
from raie.datastore.entries import Entries
from raie.datastore.files import DATASTORE
from raie.datastore.odds import Odds
from raie.datastore.search import earlier
from raie.encodings.memory import Memory
from raie.params import Params
from raie.regions.regionset import RegionSet
from raie.stages.lessons import Lessons


def calibrate(
    names: Sequence[str], lessons: Lessons, current: RegionSet, regions: Path, model: Backbone, params: Params
) -> dict[str, Odds]:
    """Fit the odds of regions to their new windows, as they would have been served; replay is not asked.

    Parameters
    ----------
    names : sequence of str
        Of the regions that learn.
    lessons : Lessons
    current : RegionSet
        After tonight's edits.
    regions : Path
        Its folder, with the datastore that holds tonight's entries too.
    model : Backbone
    params : Params

    Returns
    -------
    dict of str to Odds
        By region id, of those that have entries.
    """
    datastore = Datastore.load(regions / DATASTORE, names, with_users=False)
    starts = {name: lessons.start(name, current, params) for name in names}
    folders = {name: folder for name, folder in starts.items() if folder}
    device, precision = pick_device(params.compute.device), params.compute.precision
    bank = AdapterBank(model, folders, device=device, precision=precision)
    odds, size = {}, table_rows(params.evaluate.batch_size, model.n_items)
    for name, entries in datastore.entries.items():
        given, weights = lessons.given_to(name)
        begin = lessons.odds(name, current, params) or Odds.fresh(given.windows.histories.shape[1])
        adapter = name if name in folders else None
        expected = _expected(bank, adapter, given, weights, entries, batch_size=size)
        odds[name] = calibrated(expected, begin, spread=params.datastore.spread)
    return odds


def _expected(
    bank: AdapterBank,
    adapter: str | None,
    given: Memory,
    weights: np.ndarray,
    entries: Entries,
    *,
    batch_size: int,
) -> Expected:
    """What an adapter, or the base, expected of windows."""
    windows = given.windows
    histories = torch.as_tensor(windows.histories.astype(np.int64))
    next_items = torch.as_tensor(windows.next_items.astype(np.int64))
    asked, parts = torch.cat([histories, next_items[:, None]], dim=1), []
    for first in range(0, len(windows), batch_size):
        rows = slice(first, first + batch_size)
        times = windows.history_times[rows]
        states = bank.states(windows.histories[rows], times, [adapter] * len(times))
        parts.append(_logs(bank.scores(states), asked[rows]))
    logs = torch.cat(parts)
    near = earlier(entries, windows, given.encodings)
    weighed = torch.as_tensor(weights, dtype=torch.float32)
    return Expected(histories, next_items, logs[:, :-1], logs[:, -1], near, weighed)


def _logs(scores: Tensor, items: Tensor) -> Tensor:
    """Log probabilities of items, (B, E), under scores, (B, n_items + 1)."""
    found: Tensor = scores.gather(1, items.to(scores.device)) - scores.logsumexp(dim=1, keepdim=True)
    return found.cpu()
