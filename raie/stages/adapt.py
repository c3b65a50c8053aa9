"""Train the adapters of touched regions, each on its own windows; copy all others byte for byte."""

import json
from pathlib import Path
from typing import Any

from raie.adapters.export import save_adapter
from raie.adapters.fresh import fresh_adapter
from raie.adapters.jobs import TrainedAdapter
from raie.adapters.norms import adapter_norm
from raie.adapters.store import AdapterState, copy_adapter
from raie.adapters.train import train_adapters
from raie.backbones.device import fix_threads, pick_device
from raie.backbones.protocol import Backbone
from raie.backbones.store import load_backbone
from raie.params import Params, load_params
from raie.regions.regionset import RegionSet
from raie.snapshots.geometry import load_regions
from raie.snapshots.night import Night, read_night
from raie.stages.entry import start
from raie.stages.lessons import Lessons


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
        lessons = Lessons.load(this.snapshot, decisions, *start)
        log = _learnt(current, model, lessons, params, adapters)
    elif this.goes_on:
        log = {name: _as_decided(name, this, previous, restored, adapters) for name in current.ids}
    else:
        log = {name: _found(name, model, params, adapters) for name in current.ids}
    for name, entry in log.items():
        entry["norm"] = adapter_norm(adapters / name, backbone)
    training.write_text(json.dumps(log, indent=2, sort_keys=True) + "\n", encoding="utf-8")


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


def _learnt(
    current: RegionSet, model: Backbone, lessons: Lessons, params: Params, adapters: Path
) -> dict[str, dict[str, Any]]:
    """Train the regions that received enough, all at once; every other adapter stays as it is."""
    received = {name: lessons.received(name) for name in current.ids}
    enough = [name for name, n_windows in received.items() if n_windows >= params.adapters.min_windows]
    jobs = {name: lessons.job(name, current, params) for name in enough}
    trained = train_adapters(
        model,
        jobs,
        params=params.adapters,
        device=pick_device(params.compute.device),
        precision=params.compute.precision,
    )
    log = {}
    for name, n_windows in received.items():
        log[name] = {"trained": name in trained, "windows": n_windows}
        if name in trained:
            _save(trained[name].state, adapters / name, model, params, like=lessons.any_adapter())
            log[name] |= _account(trained[name], len(jobs[name].windows) - n_windows)
        else:
            _keep(name, current, model, lessons, params, adapters)
    return log


def _account(trained: TrainedAdapter, n_replayed: int) -> dict[str, Any]:
    return {"replayed": n_replayed, "steps": trained.steps, "losses": list(trained.losses)}


def _keep(
    region_id: str, current: RegionSet, model: Backbone, lessons: Lessons, params: Params, adapters: Path
) -> None:
    before = lessons.adapter(region_id)
    if before:
        copy_adapter(before, adapters / region_id)
    else:
        begin = lessons.beginning(region_id, current, params)
        fresh = begin or fresh_adapter(model, params=params.adapters, seed=params.compute.seed)
        _save(fresh, adapters / region_id, model, params, like=lessons.any_adapter())


def _save(
    state: AdapterState, folder: Path, model: Backbone, params: Params, *, like: Path | None = None
) -> None:
    save_adapter(state, folder, params=params.adapters, targets=model.lora_targets, like=like)


if __name__ == "__main__":
    start(adapt)
