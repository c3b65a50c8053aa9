r"""How good is a backbone before any editing? Train it on Set-up and rank the next items of Set-up and Test.

    python benchmarks/backbones.py --dataset ratings.dat --min-rating 4 --dim 128 --epochs 12
    python benchmarks/backbones.py --dataset ratings.dat --min-rating 4 --dim 128 --backbone bert4rec \
        --max-length 21 --batch-size 16 --learning-rate 1e-3 --dropout 0.1 --mask-share 0.3 --epochs 40

BERT4Rec learns little in its first thousands of steps: it needs small batches, and patience. Each command
prints one JSON document: protocol, seed, parameters, and Recall@10 / NDCG@10 on Set-up users the backbone
was trained on, on Set-up users it never saw, and on Test, beside plain popularity. All items of Set-up are
ranked and seen items are not removed; an item that Set-up does not hold counts as a miss.

`--protocol global` is the field's global temporal split, last item: the backbone learns from everything
before Test, nobody held out, and ranks the last item of every user with events in Test from the `max_length`
events before it. Events of one second keep the order of the file, and items unknown before Test are misses.
"""

import argparse
import json
import logging
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch

from raie.backbones.pretrain import Epoch, TrainingLog, pretrain
from raie.backbones.protocol import Backbone
from raie.backbones.ranking import label_ranks
from raie.backbones.registry import build_backbone
from raie.backbones.store import save_backbone
from raie.experiments.cells.dataset import read_positives
from raie.interactions.heldout import is_held_out
from raie.interactions.slices import SliceMasks, quantile_second, slice_masks, time_cuts
from raie.metrics.ranking import ndcg_at_k, popularity_ranks, recall_at_k
from raie.params import BackboneParams, PretrainParams
from raie.sequences.events import Events, by_user, last_before
from raie.sequences.training import timelines_of
from raie.sequences.windows import Windows, block_windows, production_windows

NAME = BackboneParams.model_fields["name"]
K = 10
MIN_HISTORY = 3
HELDOUT_SHARE = 0.1
SETUP_QUANTILE, FINETUNE_QUANTILE = 0.5, 0.8

log = logging.getLogger("backbones")


@dataclass(frozen=True)
class Split:
    """What a backbone learns from and what it is scored on."""

    n_items: int
    train: Events
    validation: Windows
    scored: dict[str, Windows]
    counts: np.ndarray


def split(events: Events, options: argparse.Namespace, validation_share: float) -> Split:
    """Cut Set-up from Test, a validation tail from Set-up, and one user in ten from training."""
    slices = slices_of(events)
    held_out = is_held_out(events.user_ids, share=HELDOUT_SHARE, seed=options.seed)
    n_items = items_known(events, slices.setup)

    def windows(among: np.ndarray, users: np.ndarray) -> Windows:
        if options.protocol == "block":
            cut = block_windows(events.take(among & users), length=options.length, stride=options.stride)
        else:
            own = events.take(users)
            cut = production_windows(own, among[users], length=options.length, min_history=MIN_HISTORY)
        chosen = np.random.default_rng(options.seed).permutation(len(cut))[: options.max_windows]
        return cut.take(np.sort(chosen)).known_up_to(n_items)

    everyone = np.ones(len(events), dtype=bool)
    scored = {
        "setup_seen": windows(slices.setup, ~held_out),
        "setup_heldout": windows(slices.setup, held_out),
        "test": windows(slices.test, everyone),
    }
    return split_off_tail(
        events.take(slices.setup & ~held_out), scored, n_items, options.length, validation_share
    )


def global_split(events: Events, options: argparse.Namespace, validation_share: float) -> Split:
    """Cut Test from everything before it; the last item of every user who is there in Test is a label."""
    slices = slices_of(events)
    n_items = items_known(events, ~slices.test)
    length = history_length(options)
    scored = {"test": last_item_windows(events, slices.test, length).known_up_to(n_items)}
    return split_off_tail(events.take(~slices.test), scored, n_items, length, validation_share)


def slices_of(events: Events) -> SliceMasks:
    """Tell which event lies in Set-up, Finetune and Test."""
    cuts = time_cuts(events.times, setup_quantile=SETUP_QUANTILE, finetune_quantile=FINETUNE_QUANTILE)
    return slice_masks(events.times, cuts)


def items_known(events: Events, among: np.ndarray) -> int:
    """Count the items of the first events: items are numbered in order of first appearance."""
    return int(events.items[among].max())


def last_item_windows(events: Events, among: np.ndarray, length: int) -> Windows:
    """Cut one window per user: the label is the user's last event, if it is ``among`` those flagged."""
    users = by_user(events)
    places = np.arange(len(events))
    ends = np.flatnonzero((places == users.last - 1) & (places > users.first) & among[users.order])
    items, times = last_before(events, users, places=ends, ends=ends, length=length)
    at = users.order[ends]
    return Windows(events.user_ids[at], items, times, events.items[at], events.times[at])


def split_off_tail(
    events: Events, scored: dict[str, Windows], n_items: int, length: int, validation_share: float
) -> Split:
    """Keep the newest share of the events to learn from as validation."""
    tail = events.times >= quantile_second(events.times, 1 - validation_share)
    validation = production_windows(events, tail, length=length, min_history=MIN_HISTORY)
    counts = np.bincount(events.items, minlength=n_items + 1)
    return Split(n_items, events.take(~tail), validation, scored, counts)


def scores_of(ranks: np.ndarray) -> dict[str, float]:
    """Recall and NDCG at the cut-off."""
    return {f"recall_at_{K}": round(recall_at_k(ranks, K), 4), f"ndcg_at_{K}": round(ndcg_at_k(ranks, K), 4)}


def train(parts: Split, options: argparse.Namespace) -> tuple[Backbone, TrainingLog, dict[str, Any]]:
    """Train as the options say."""
    architecture = BackboneParams(**_given(BackboneParams, options), name=options.backbone)
    params = PretrainParams(**_given(PretrainParams, options))
    backbone = build_backbone(architecture, parts.n_items, options.seed)
    began = time.monotonic()

    def tell(epoch: Epoch) -> None:
        elapsed = time.monotonic() - began
        log.info("epoch %d loss %.4f recall %.4f (%.0f s)", epoch.epoch, epoch.loss, epoch.recall, elapsed)

    history = pretrain(
        backbone,
        timelines_of(parts.train),
        parts.validation,
        params=params,
        seed=options.seed,
        checkpoint=options.checkpoint,
        on_epoch=tell,
    )
    about = {"backbone": architecture.model_dump(), "pretrain": params.model_dump()}
    return backbone, history, {**about, "seconds": round(time.monotonic() - began)}


def protocol_of(options: argparse.Namespace) -> dict[str, Any]:
    """Name the protocol and what it depends on."""
    if options.protocol == "global":
        return {"name": "global", "length": history_length(options)}
    return {"name": options.protocol, "length": options.length, "stride": options.stride}


def history_length(options: argparse.Namespace) -> int:
    """Return how many events of a full history the backbone reads."""
    return BackboneParams(**_given(BackboneParams, options)).max_length


def report(options: argparse.Namespace) -> dict[str, Any]:
    """Train one backbone and score it."""
    torch.set_num_threads(options.threads)
    validation_share = PretrainParams(**_given(PretrainParams, options)).validation_share
    cut = global_split if options.protocol == "global" else split
    parts = cut(read_positives(options.dataset, options.min_rating), options, validation_share)
    backbone, history, about = train(parts, options)
    if options.save:
        save_backbone(backbone, options.save)
    return {
        "dataset": options.dataset.name,
        "protocol": protocol_of(options),
        "seed": options.seed,
        **about,
        "best_epoch": asdict(history.best),
        "windows": {name: len(windows) for name, windows in parts.scored.items()},
        "popularity": {
            name: scores_of(popularity_ranks(parts.counts, windows.next_items))
            for name, windows in parts.scored.items()
        },
        options.backbone: {
            name: scores_of(label_ranks(backbone, windows, batch_size=256))
            for name, windows in parts.scored.items()
        },
    }


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; options that are left out keep the defaults of the sections in params."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--dataset", type=Path, required=True, help="ratings.dat, or user, item, time columns"
    )
    parser.add_argument("--min-rating", type=float, help="lowest rating that counts as a positive")
    parser.add_argument("--backbone", choices=get_args(NAME.annotation), default=NAME.default)
    parser.add_argument("--protocol", choices=("block", "production", "global"), default="block")
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--stride", type=int, default=5)
    parser.add_argument("--max-windows", type=int, default=50_000, help="windows drawn to score each part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--save", type=Path, help="folder to write the backbone to")
    for section in (BackboneParams, PretrainParams):
        for name, field in section.model_fields.items():
            if name != "name":
                kind = str if field.default is None else type(field.default)
                parser.add_argument(f"--{name.replace('_', '-')}", type=kind)
    return parser.parse_args(arguments)


def _given(
    section: type[BackboneParams] | type[PretrainParams], options: argparse.Namespace
) -> dict[str, Any]:
    chosen = {name: getattr(options, name, None) for name in section.model_fields if name != "name"}
    return {name: value for name, value in chosen.items() if value is not None}


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    sys.stdout.write(json.dumps(report(parse(sys.argv[1:])), indent=2) + "\n")
