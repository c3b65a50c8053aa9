"""How the previous snapshot did on what has just arrived, and what this one retains."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from raie.backbones.device import fix_threads
from raie.metrics.ranking import ndcg_at_k, recall_at_k
from raie.params import Params, load_params
from raie.routing.router import Routes
from raie.sequences.windows import Windows
from raie.snapshots.serving import ServedSnapshot
from raie.stages.artefacts import HELDOUT, INCOMING
from raie.stages.entry import has_previous, start


def evaluate(
    *,
    windows: Path,
    histories: Path,
    encodings: Path,
    backbone: Path,
    regions: Path,
    adapters: Path,
    previous: Path,
    metrics: Path,
) -> None:
    """Run the stage."""
    params = load_params()
    fix_threads(params.compute.threads)
    current = ServedSnapshot.load(backbone=backbone, regions=regions, adapters=adapters, params=params)
    heldout = Windows.load(histories / HELDOUT)
    encoded = np.load(encodings / f"{HELDOUT}.npy", allow_pickle=False)
    document = {"setup_heldout": _scores(current, heldout, encoded, params)}
    if has_previous(previous / "regions"):
        document["forward"] = _forward(previous, Windows.load(windows / INCOMING), params)
    metrics.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _forward(previous: Path, incoming: Windows, params: Params) -> dict[str, Any]:
    """Prequential: the previous snapshot meets what it has not learnt from yet."""
    served = ServedSnapshot.load(
        backbone=previous / "backbone",
        regions=previous / "regions",
        adapters=previous / "adapters",
        params=params,
    )
    known = served.known(incoming)
    return _scores(served, known, served.encode(known), params)


def _scores(served: ServedSnapshot, windows: Windows, encoded: np.ndarray, params: Params) -> dict[str, Any]:
    if not len(windows):
        return {"windows": 0}
    routes = served.route(encoded)
    ranks, base = served.ranks(windows, routes), served.base_ranks(windows)
    return {
        "windows": len(windows),
        "fallback_share": float(np.mean(routes.fallback)),
        "routed": _ranking(ranks, params.evaluate.k),
        "base": _ranking(base, params.evaluate.k),
        "regions": _by_region(ranks, routes, served.regions.ids, params.evaluate.k),
    }


def _ranking(ranks: np.ndarray, k: int) -> dict[str, float]:
    return {f"recall_at_{k}": recall_at_k(ranks, k), f"ndcg_at_{k}": ndcg_at_k(ranks, k)}


def _by_region(ranks: np.ndarray, routes: Routes, ids: tuple[str, ...], k: int) -> dict[str, Any]:
    table = {}
    for row, region_id in enumerate(ids):
        mine = ranks[(routes.region == row) & ~routes.fallback]
        if len(mine):
            table[region_id] = {"windows": len(mine), **_ranking(mine, k)}
    return table


if __name__ == "__main__":
    start(evaluate)
