"""How champion and candidate rank what just arrived, the newest held-out slice and held-out Set-up."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from raie.backbones.device import fix_threads
from raie.metrics.ranking import ndcg_at_k, recall_at_k
from raie.params import Params, load_params
from raie.sequences.windows import Windows
from raie.snapshots.night import read_night
from raie.snapshots.serving import Judged, ServedSnapshot
from raie.stages.artefacts import FORWARD, HELDOUT, INCOMING, NEWEST, RECENT, RETENTION
from raie.stages.entry import has_previous, start

Answers = Mapping[str, Judged]
SLICES = {"setup_heldout": (HELDOUT, RETENTION), "newest_heldout": (RECENT, NEWEST)}
"""Name in the metrics: folder of the windows, file of the outcomes."""


def evaluate(
    *,
    windows: Path,
    histories: Path,
    backbone: Path,
    regions: Path,
    adapters: Path,
    previous: Path,
    night: Path,
    outcomes: Path,
    metrics: Path,
) -> None:
    """Run the stage."""
    params = load_params()
    fix_threads(params.compute.threads)
    slices = {name: Windows.load(histories / folder) for name, (folder, _) in SLICES.items()}
    served = ServedSnapshot.load(backbone=backbone, regions=regions, adapters=adapters, params=params)
    document, answers = _judge(served, slices)
    ranked, ids = {"candidate": answers}, {"candidate": served.regions.ids}
    if has_previous(previous / "regions"):
        served = _champion(previous, params, like=served)
        document["champion"], ranked["champion"] = _judge(served, slices)
        ids["champion"] = served.regions.ids
        if read_night(night).kind == "nightly":
            # Prequential: the champion meets what it has not learnt from yet.
            arrived = Windows.load(windows / INCOMING)
            judged = served.judge(arrived)
            document["forward"] = _scores(served, judged)
            _write_forward(outcomes, arrived, judged, served.regions.ids)
    _write_outcomes(outcomes, slices, ranked, ids)
    metrics.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _champion(previous: Path, params: Params, *, like: ServedSnapshot) -> ServedSnapshot:
    backbone, regions, adapters = (previous / name for name in ("backbone", "regions", "adapters"))
    return ServedSnapshot.load(
        backbone=backbone, regions=regions, adapters=adapters, params=params, like=like
    )


def _judge(served: ServedSnapshot, slices: Mapping[str, Windows]) -> tuple[dict[str, Any], Answers]:
    answers = {name: served.judge(windows) for name, windows in slices.items()}
    return {name: _scores(served, judged) for name, judged in answers.items()}, answers


def _write_outcomes(
    folder: Path,
    slices: Mapping[str, Windows],
    ranked: Mapping[str, Answers],
    ids: Mapping[str, tuple[str, ...]],
) -> None:
    """One row per window; ``region`` is that of the snapshot that serves by now, "" where its base did."""
    folder.mkdir(parents=True, exist_ok=True)
    candidate = ranked["candidate"]
    names = {who: np.array([*known, ""], dtype=object) for who, known in ids.items()}
    serving = "champion" if "champion" in ranked else "candidate"
    for name, windows in slices.items():
        table = {
            "user_id": windows.user_ids.astype(object),
            "region": names[serving][ranked[serving][name].region],
            "candidate_region": names["candidate"][candidate[name].region],
        }
        table |= {f"{who}_rank": answers[name].routed_ranks for who, answers in ranked.items()}
        table["base_rank"] = candidate[name].base_ranks
        pd.DataFrame(table).to_parquet(folder / SLICES[name][1], index=False)


def _write_forward(folder: Path, windows: Windows, judged: Judged, ids: tuple[str, ...]) -> None:
    """One row per window that arrived, as the champion met it."""
    folder.mkdir(parents=True, exist_ok=True)
    table = {
        "user_id": windows.user_ids.astype(object),
        "region": np.array([*ids, ""], dtype=object)[judged.region],
        "champion_rank": judged.routed_ranks,
        "base_rank": judged.base_ranks,
    }
    pd.DataFrame(table).to_parquet(folder / FORWARD, index=False)


def _scores(served: ServedSnapshot, judged: Judged) -> dict[str, Any]:
    n_windows, k = len(judged.region), served.params.evaluate.k
    if not n_windows:
        return {"windows": 0}
    return {
        "windows": n_windows,
        "fallback_share": float(np.mean(judged.region < 0)),
        "ambiguous_share": float(np.mean(judged.margin < served.params.edits.min_posterior_margin)),
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
