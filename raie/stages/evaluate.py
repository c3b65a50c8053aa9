"""How the previous snapshot did on what has just arrived, and what this one retains."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from raie.backbones.device import fix_threads
from raie.metrics.ranking import ndcg_at_k, recall_at_k
from raie.params import load_params
from raie.sequences.windows import Windows
from raie.snapshots.serving import Judged, ServedSnapshot
from raie.stages.artefacts import HELDOUT, INCOMING
from raie.stages.entry import has_previous, start


def evaluate(
    *,
    windows: Path,
    histories: Path,
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
    document = {"setup_heldout": _scores(current, Windows.load(histories / HELDOUT))}
    if has_previous(previous / "regions"):
        # Prequential: the previous snapshot meets what it has not learnt from yet.
        before = ServedSnapshot.load(
            backbone=previous / "backbone",
            regions=previous / "regions",
            adapters=previous / "adapters",
            params=params,
        )
        document["forward"] = _scores(before, Windows.load(windows / INCOMING))
    metrics.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _scores(served: ServedSnapshot, windows: Windows) -> dict[str, Any]:
    if not len(windows):
        return {"windows": 0}
    judged, k = served.judge(windows), served.params.evaluate.k
    return {
        "windows": len(windows),
        "fallback_share": float(np.mean(judged.region < 0)),
        "routed": _ranking(judged.routed_ranks, k),
        "base": _ranking(judged.base_ranks, k),
        "regions": _by_region(judged, served.regions.ids, k),
    }


def _ranking(ranks: np.ndarray, k: int) -> dict[str, float]:
    return {f"recall_at_{k}": recall_at_k(ranks, k), f"ndcg_at_{k}": ndcg_at_k(ranks, k)}


def _by_region(judged: Judged, ids: tuple[str, ...], k: int) -> dict[str, Any]:
    table = {}
    for row, region_id in enumerate(ids):
        mine = judged.routed_ranks[judged.region == row]
        if len(mine):
            table[region_id] = {"windows": len(mine), **_ranking(mine, k)}
    return table


if __name__ == "__main__":
    start(evaluate)
