"""Train the adapters of touched regions on their own windows; copy all others byte for byte."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from raie.adapters.export import save_adapter
from raie.adapters.initialise import initial_state
from raie.adapters.lora import fresh_adapter
from raie.adapters.norms import adapter_norm
from raie.adapters.replay import with_replay
from raie.adapters.store import AdapterState, copy_adapter, load_adapter
from raie.adapters.train import train_adapter
from raie.backbones.device import fix_threads, pick_device
from raie.backbones.protocol import Backbone
from raie.backbones.store import load_backbone
from raie.encodings.memory import Memory
from raie.params import Params, load_params
from raie.regions.regionset import RegionSet
from raie.sequences.windows import Windows
from raie.snapshots.digests import text_digest
from raie.snapshots.geometry import load_regions
from raie.snapshots.night import Night, read_night
from raie.stages.artefacts import ASSIGNMENTS, INCOMING, MEMORY
from raie.stages.entry import start


def adapt(
    *,
    night: Path,
    decisions: Path,
    regions: Path,
    backbone: Path,
    previous_regions: Path,
    previous: Path,
    restored_regions: Path,
    restored: Path,
    adapters: Path,
    training: Path,
) -> None:
    """Run the stage."""
    params, this = load_params(), read_night(night)
    fix_threads(params.compute.threads)
    current, model = load_regions(regions), load_backbone(backbone)
    if this.kind == "nightly" or this.starts_over:
        start = (restored_regions, restored) if this.starts_over else (previous_regions, previous)
        delivered = _Night.load(this.snapshot, decisions, *start)
        log = {name: _adapt(name, current, model, delivered, params, adapters) for name in current.ids}
    elif this.goes_on:
        log = {name: _as_decided(name, this, previous, restored, adapters) for name in current.ids}
    else:
        log = {name: _found(name, model, params, adapters) for name in current.ids}
    for name, entry in log.items():
        entry["norm"] = adapter_norm(adapters / name, backbone)
    training.write_text(json.dumps(log, indent=2, sort_keys=True) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class _Night:
    snapshot: str
    given: Windows
    region_ids: np.ndarray
    weights: np.ndarray
    memory: Memory
    previous: Path

    @classmethod
    def load(cls, snapshot: str, decisions: Path, previous_regions: Path, previous: Path) -> "_Night":
        assignments = pd.read_parquet(decisions / ASSIGNMENTS)
        return cls(
            snapshot=snapshot,
            given=Windows.load(decisions / INCOMING),
            region_ids=assignments["region"].to_numpy(dtype=np.str_),
            weights=assignments["weight"].to_numpy(),
            memory=Memory.load(previous_regions / MEMORY),
            previous=previous,
        )

    def seed(self, region_id: str, seed: int) -> int:
        """A seed of its own for every region and night, or all would draw the same places and masks."""
        digest = text_digest(f"{seed} {self.snapshot} {region_id}")
        return int(digest[:8], 16)

    def adapter(self, region_id: str) -> Path | None:
        folder = self.previous / region_id
        return folder if folder.is_dir() else None


def _found(region_id: str, model: Backbone, params: Params, adapters: Path) -> dict[str, Any]:
    """Genesis and retrain: a fresh adapter, which equals the base, trained on everything up to now."""
    state = fresh_adapter(model, params=params.adapters, seed=params.compute.seed)
    _save(state, adapters / region_id, model, params)
    return {"trained": False, "windows": 0}


def _as_decided(
    region_id: str, night: Night, previous: Path, restored: Path, adapters: Path
) -> dict[str, Any]:
    """Nothing trains: what a rollback brings back is the earlier snapshot's, all else the previous one's."""
    back = night.restored is not None and night.restored_region in (None, region_id)
    copy_adapter((restored if back else previous) / region_id, adapters / region_id)
    return {"trained": False, "windows": 0, **({"restored_from": night.restored} if back else {})}


def _adapt(
    region_id: str, current: RegionSet, model: Backbone, night: _Night, params: Params, adapters: Path
) -> dict[str, Any]:
    mine, seed = night.region_ids == region_id, night.seed(region_id, params.compute.seed)
    n_windows, before = int(mine.sum()), night.adapter(region_id)
    begin = load_adapter(before) if before else _beginning(region_id, current, night, params)
    if n_windows < params.adapters.min_windows:
        if before:
            copy_adapter(before, adapters / region_id)
        else:
            fresh = begin or fresh_adapter(model, params=params.adapters, seed=params.compute.seed)
            _save(fresh, adapters / region_id, model, params)
        return {"trained": False, "windows": n_windows}
    windows, weights = with_replay(
        night.given.take(mine),
        night.weights[mine],
        night.memory.of(region_id).windows,
        replay_ratio=params.adapters.replay_ratio,
        seed=seed,
    )
    trained = train_adapter(
        model,
        windows,
        weights,
        start=begin,
        params=params.adapters,
        seed=seed,
        device=pick_device(params.compute.device),
    )
    _save(trained.state, adapters / region_id, model, params)
    return {
        "trained": True,
        "windows": n_windows,
        "replayed": len(windows) - n_windows,
        "steps": trained.steps,
        "losses": list(trained.losses),
    }


def _beginning(region_id: str, current: RegionSet, night: _Night, params: Params) -> AdapterState | None:
    """Where an added region's adapter starts; None: from the base."""
    parents = current.parents[current.index(region_id)]
    parent = night.adapter(parents[0]) if parents else None
    return initial_state(params.adapters.initialisation, parent)


def _save(state: AdapterState, folder: Path, model: Backbone, params: Params) -> None:
    save_adapter(state, folder, params=params.adapters, targets=model.lora_targets)


if __name__ == "__main__":
    start(adapt)
