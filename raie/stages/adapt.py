"""Train the adapters of touched regions, each on its own windows; copy all others byte for byte."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raie.adapters.export import save_adapter
from raie.adapters.fresh import fresh_adapter
from raie.adapters.jobs import TrainedAdapter
from raie.adapters.norms import adapter_norm
from raie.adapters.store import AdapterState, copy_adapter
from raie.adapters.train import train_adapters
from raie.backbones.device import fix_threads, pick_device
from raie.backbones.files import backbone_digest
from raie.backbones.protocol import Backbone
from raie.backbones.store import load_backbone
from raie.datastore.files import ODDS
from raie.datastore.odds import Odds
from raie.params import Params, load_params
from raie.regions.regionset import RegionSet
from raie.snapshots.geometry import load_regions
from raie.snapshots.night import Night, read_night
from raie.stages.calibration import calibrate
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
    out = _Out(adapters, params, model.lora_targets, backbone_digest(backbone))
    if this.kind == "nightly" or this.starts_over:
        start = (restored_regions, restored) if this.starts_over else (previous_regions, previous)
        lessons = Lessons.load(this.snapshot, decisions, *start)
        log = _learnt(current, regions, model, lessons, out)
    elif this.goes_on:
        log = {name: _as_decided(name, this, previous, restored, adapters) for name in current.ids}
    else:
        log = {name: _found(name, model, out) for name in current.ids}
    for name, entry in log.items():
        entry["norm"] = adapter_norm(adapters / name, backbone)
    training.write_text(json.dumps(log, indent=2, sort_keys=True) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class _Out:
    """Where the stage writes, and what every adapter says of itself."""

    adapters: Path
    params: Params
    targets: Sequence[str]
    base: str

    def save(
        self, state: AdapterState, region_id: str, odds: Odds | None = None, *, like: Path | None = None
    ) -> None:
        folder, params = self.adapters / region_id, self.params.adapters
        save_adapter(state, folder, params=params, targets=self.targets, base=self.base, like=like)
        if odds:
            odds.save(folder / ODDS)


def _found(region_id: str, model: Backbone, out: _Out) -> dict[str, Any]:
    """Genesis and retrain: a fresh adapter, which equals the base, trained on everything up to now."""
    out.save(fresh_adapter(model, params=out.params.adapters, seed=out.params.compute.seed), region_id)
    return {"trained": False, "windows": 0}


def _as_decided(
    region_id: str, night: Night, previous: Path, restored: Path, adapters: Path
) -> dict[str, Any]:
    """Nothing trains: what a rollback brings back is the earlier snapshot's, all else the previous one's."""
    back = night.restored is not None and night.restored_region in (None, region_id)
    copy_adapter((restored if back else previous) / region_id, adapters / region_id)
    return {"trained": False, "windows": 0, **({"restored_from": night.restored} if back else {})}


def _learnt(
    current: RegionSet, regions: Path, model: Backbone, lessons: Lessons, out: _Out
) -> dict[str, dict[str, Any]]:
    """Train the regions that received enough, all at once; every other adapter stays as it is."""
    params = out.params
    received = {name: lessons.received(name) for name in current.ids}
    enough = [name for name, n_windows in received.items() if n_windows >= params.adapters.min_windows]
    odds = calibrate(enough, lessons, current, regions, model, params)
    jobs = {name: lessons.job(name, current, params) for name in enough}
    trained = train_adapters(
        model,
        jobs,
        params=params.adapters,
        device=pick_device(params.compute.device),
        precision=params.compute.precision,
    )
    log: dict[str, dict[str, Any]] = {}
    for name, n_windows in received.items():
        log[name] = {"trained": name in trained, "windows": n_windows}
        if name in trained:
            out.save(trained[name].state, name, odds.get(name), like=lessons.any_adapter())
            log[name] |= _account(trained[name], len(jobs[name].windows) - n_windows)
            if name in odds:
                log[name]["odds"] = odds[name].told
        else:
            _keep(name, current, model, lessons, out)
    return log


def _account(trained: TrainedAdapter, n_replayed: int) -> dict[str, Any]:
    return {"replayed": n_replayed, "steps": trained.steps, "losses": list(trained.losses)}


def _keep(region_id: str, current: RegionSet, model: Backbone, lessons: Lessons, out: _Out) -> None:
    before = lessons.adapter(region_id)
    if before:
        copy_adapter(before, out.adapters / region_id)
    else:
        params = out.params
        begin = lessons.beginning(region_id, current, params)
        fresh = begin or fresh_adapter(model, params=params.adapters, seed=params.compute.seed)
        odds = lessons.odds(region_id, current, params)
        out.save(fresh, region_id, odds, like=lessons.any_adapter())


if __name__ == "__main__":
    start(adapt)
