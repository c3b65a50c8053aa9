"""Small work trees as the stages leave them, written by the rooms' own savers."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import torch
import yaml

from raie.adapters.export import save_adapter
from raie.adapters.files import UP
from raie.adapters.fresh import fresh_adapter
from raie.adapters.store import copy_adapter
from raie.backbones.registry import build_backbone
from raie.backbones.store import load_backbone, save_backbone
from raie.datastore.datastore import Datastore
from raie.datastore.files import ODDS
from raie.datastore.odds import Odds
from raie.encodings.encode import encode
from raie.encodings.memory import Memory
from raie.interactions.heldout import is_held_out
from raie.interactions.parquetfiles import write_interactions
from raie.interactions.table import TYPES
from raie.params import AdapterParams, BackboneParams, RegionParams
from raie.regions.construct import construct_regions
from raie.regions.regionset import RegionSet
from raie.sequences.events import events_of
from raie.sequences.histories import Histories, update
from raie.sequences.training import timelines_of
from raie.sequences.vocabulary import Vocabulary
from raie.sequences.windows import Windows, production_windows
from raie.snapshots.geometry import load_regions, save_regions
from raie.snapshots.night import Night

LENGTH, MIN_HISTORY, SHARE, SEED, N_ITEMS = 6, 2, 0.25, 0, 12
PARAMS = {
    "sequences": {"length": LENGTH, "min_history": MIN_HISTORY, "heldout_share": SHARE},
    "backbone": {"dim": 16, "n_layers": 1, "max_length": 8},
    "adapters": {"rank": 4, "lora_alpha": 8},
    "compute": {"seed": SEED},
}
BACKBONE, ADAPTERS = BackboneParams(**PARAMS["backbone"]), AdapterParams(**PARAMS["adapters"])


def interactions(n_items, start, steps, n_users=40):
    """Users who walk around a circle of items, one step each second in turn."""
    user, step = np.tile(np.arange(n_users), steps), np.repeat(np.arange(steps), n_users)
    columns = {
        "user_id": [f"u{number:02d}" for number in user],
        "item_id": [f"i{number:02d}" for number in (user + step) % n_items],
        "timestamp": start + np.arange(len(user)),
        "rating": np.nan,
    }
    return pd.DataFrame(columns).astype(TYPES)


def save(path, array):
    np.save(path, array, allow_pickle=False)


def held_out(user_ids):
    return is_held_out(user_ids.tolist(), share=SHARE, seed=SEED)


class Worktree:
    """One run's work tree; ``previous`` is the work tree that it goes on from."""

    def __init__(self, root, kind, accepted, previous=None):
        self.data, self.previous, self.kind = root / "data", previous and previous.data, kind
        self.data.mkdir(parents=True)
        (root / "params.yaml").write_text(yaml.safe_dump(PARAMS))
        night = Night("2024-03-01", "2024-03-01", previous and "2024-02-29", kind=kind)
        (self.data / "night.json").write_text(json.dumps(asdict(night)))
        write_interactions(accepted, self.data / "accepted" / "interactions.parquet")
        if previous:
            (self.data / "previous").mkdir()
            for name in ("histories", "backbone", "regions", "adapters"):
                (self.data / "previous" / name).symlink_to(previous.data / name)
        self.sequences(accepted)
        self.backbone()
        self.encodings()
        self.regions()
        self.adapters()
        self.metrics()

    @property
    def goes_on(self):
        return self.kind == "nightly"

    def sequences(self, accepted):
        windows, histories = self.data / "windows", self.data / "histories"
        windows.mkdir()
        histories.mkdir()
        known = (
            Vocabulary.load(self.previous / "histories/vocabulary.json") if self.previous else Vocabulary()
        )
        vocabulary, before = known.extend(accepted["item_id"]), Histories.empty(LENGTH)
        if self.goes_on:
            before = Histories.load(self.previous / "histories/histories.parquet", length=LENGTH)
        events = events_of(accepted, vocabulary)
        after, cut = update(before, events, length=LENGTH, min_history=MIN_HISTORY)
        held = held_out(cut.user_ids)
        self.heldout = Windows.load(self.previous / "histories/heldout") if self.goes_on else cut.take(held)
        self.recent = cut.take(held) if held.any() else self.heldout
        self.incoming = cut if self.goes_on else cut.take(~held)
        self.n_items, self.trainable = len(vocabulary), ~held_out(self.incoming.user_ids)
        vocabulary.save(histories / "vocabulary.json")
        after.save(histories / "histories.parquet")
        self.heldout.save(histories / "heldout")
        self.recent.save(histories / "recent")
        self.incoming.save(windows / "incoming")
        save(windows / "trainable.npy", self.trainable)
        if not self.goes_on:
            self.training(events.take(~held_out(events.user_ids)), windows)

    def training(self, events, windows):
        tail = events.times >= np.quantile(events.times, 0.8)
        production_windows(events, tail, length=LENGTH, min_history=MIN_HISTORY).save(windows / "validation")
        (windows / "training").mkdir()
        timelines = timelines_of(events.take(~tail))
        for name, array in timelines._asdict().items():
            save(windows / "training" / f"{name}.npy", array)

    def backbone(self):
        if self.goes_on:
            previous = self.previous / "backbone"
            self.model = load_backbone(previous)
            self.model.grow(torch.ones(self.n_items - self.model.n_items, BACKBONE.dim))
            save_backbone(self.model, self.data / "backbone", previous=previous)
        else:
            # One item short, so that there is a row which a night has to leave as it is.
            self.model = build_backbone(BACKBONE, self.n_items - 1, seed=self.kind == "retrain")
            self.model.grow(torch.full((1, BACKBONE.dim), 0.5))
            save_backbone(self.model, self.data / "backbone")

    def encodings(self):
        (self.data / "encodings").mkdir()
        self.encoded = encode(self.model, self.incoming, batch_size=64)
        save(self.data / "encodings/incoming.npy", self.encoded)
        if self.kind == "retrain":
            memory = Windows.load(self.previous / "regions/memory")
            save(self.data / "encodings/lineage.npy", encode(self.model, memory, batch_size=64))

    def regions(self):
        folder, decisions = self.data / "regions", self.data / "decisions"
        decisions.mkdir()
        if self.goes_on:
            before = load_regions(self.previous / "regions")
            self.set = one_more(before)
            Memory.load(self.previous / "regions/memory").save(folder / "memory")
            chosen = np.resize([*before.ids, "r0009"], int(self.trainable.sum()))
            rows = {"row": np.arange(len(chosen)), "region": chosen.astype(object), "weight": 1.0}
            pd.DataFrame(rows).to_parquet(decisions / "assignments.parquet", index=False)
            # Retired tonight, after some sequences were assigned to it.
            (decisions / "edits.jsonl").write_text('{"edit":{"operation":"retire","region":"r0009"}}\n')
        else:
            rows, params = self.encoded[self.trainable], RegionParams(n_regions=3)
            self.set, labels = construct_regions(rows, params=params, seed=1, snapshot="s", date="2024-02-29")
            names = np.array(self.set.ids)[labels]
            Memory(self.incoming.take(self.trainable), rows, names).save(folder / "memory")
        save_regions(self.set, folder)
        remembered = Memory.load(folder / "memory")
        Datastore().received(remembered, size=20).save(folder / "datastore")

    def adapters(self):
        log = {}
        for name in self.set.ids:
            before = self.previous / "adapters" / name if self.goes_on else None
            trained = name == "r0001"
            if before and before.is_dir() and not trained:
                copy_adapter(before, self.data / "adapters" / name)
            else:
                state = fresh_adapter(self.model, params=ADAPTERS, seed=SEED)
                if trained:
                    state = {key: value + 0.01 * key.endswith(UP) for key, value in state.items()}
                folder = self.data / "adapters" / name
                save_adapter(state, folder, params=ADAPTERS, targets=self.model.lora_targets)
                Odds.fresh(LENGTH).save(folder / ODDS)
            log[name] = {"trained": trained, "windows": 20 * trained, "norm": {"max": 0.0, "mean": 0.0}}
        (self.data / "training.json").write_text(json.dumps(log))

    def metrics(self):
        document = {"setup_heldout": self.section(self.heldout), "newest_heldout": self.section(self.recent)}
        if self.previous:
            document["champion"] = dict(document)
        if self.goes_on:
            document["forward"] = self.section(self.incoming)
        (self.data / "metrics.json").write_text(json.dumps(document))

    def section(self, windows):
        if not len(windows):
            return {"windows": 0}
        measures, fallbacks = {"recall_at_10": 0.5, "ndcg_at_10": 0.25}, len(windows) // 3
        return {
            "windows": len(windows),
            "fallback_share": fallbacks / len(windows),
            "ambiguous_share": 0.25,
            "routed": measures,
            "base": measures,
            "regions": {"r0001": {"windows": len(windows) - fallbacks, **measures}},
        }


def one_more(before):
    """The set with one region added."""
    return RegionSet.from_statistics(
        ids=(*before.ids, f"r{before.next_serial:04d}"),
        parents=(*before.parents, before.ids[:1]),
        born=(*before.born, "2024-03-01"),
        last_seen=(*before.last_seen, "2024-03-01"),
        next_serial=before.next_serial + 1,
        resultants=np.vstack([before.resultants_, -before.resultants_.sum(axis=0)]),
        counts=np.append(before.counts_, 25.0),
        radii=np.append(before.radii_, 0.4),
    )
