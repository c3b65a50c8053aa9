"""Cells of an experiment that never was: ranks are drawn, scores follow from them."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from raie.experiments.tables.reading import read_cells

COUNTS = {"setup_seen": 40, "setup_heldout": 60, "test": 80, "test_new": 50}
N_USERS = 15
N_ITEMS = 300
MISS = np.iinfo(np.int64).max
COST = {
    "seconds": 41.5,
    "steps": 1407,
    "examples": 90000,
    "trained_parameters": 24576,
    "peak_memory_bytes": 734003200,
    "tuning_seconds": 120.0,
}


def columns(seed, method, lift):
    """Windows that depend on the seed alone, ranks that depend on the method too: ``lift`` divides them."""
    part = np.repeat(list(COUNTS), list(COUNTS.values()))
    shared = np.random.default_rng([seed, 1])
    user_id = np.array([f"u{user:02d}" for user in shared.integers(N_USERS, size=len(part))])
    hardness = shared.integers(1, 60, size=len(part))
    own = np.random.default_rng([seed, *method.encode()]).integers(0, 6, size=len(part))
    rank = np.maximum(1, (hardness / lift).astype(np.int64) + own)
    return {"part": part, "user_id": user_id, "rank": np.where(rank > 50, MISS, rank)}


def scores(ranks, parts):
    """By the definitions, window by window."""
    found = {}
    for name in COUNTS:
        of_part = [rank for rank, part in zip(ranks.tolist(), parts, strict=True) if part == name]
        hits = [rank <= 10 for rank in of_part]
        gains = [1 / np.log2(1 + rank) if rank <= 10 else 0.0 for rank in of_part]
        found[name] = {"recall_at_10": float(np.mean(hits)), "ndcg_at_10": float(np.mean(gains))}
    return found


def document(method, seed, columns, **changes):
    return {
        "format": 1,
        "dataset": "foursquare",
        "backbone": "sasrec",
        "method": method,
        "seed": seed,
        "protocol": {
            "name": "production",
            "length": 20,
            "min_history": 3,
            "min_rating": None,
            "setup_quantile": 0.5,
            "finetune_quantile": 0.8,
            "heldout_share": 0.1,
            "n_items": N_ITEMS,
            "windows": {"finetune": 1234, **COUNTS},
        },
        "settings": {"rank": 8, "learning_rate": 0.0005},
        "trials": [{"settings": {"rank": rank}, "recall_at_10": 0.4, "ndcg_at_10": 0.3} for rank in (4, 8)],
        "scores": scores(columns["rank"], columns["part"]),
        "cost": dict(COST),
        "code": "dba94b8",
    } | changes


def write_cell(folder, method, seed=0, *, lift=1.0, cost=None, **changes):
    """Write both files of a cell; returns the path of the document."""
    made = columns(seed, method, lift)
    record = document(method, seed, made, **changes)
    record["cost"] |= cost or {}
    place = folder / record["dataset"] / record["protocol"]["name"] / record["backbone"] / method
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(made), place / f"{seed}.parquet")
    file = place / f"{seed}.json"
    file.write_text(json.dumps(record))
    return file


def write_some(folder, seeds=(0, 1, 2)):
    """A run of six methods, all with the same seeds."""
    lifts = {"frozen": 1, "lora": 1.6, "full": 1.4, "raie": 2.2, "raie-random-regions": 1.5, "retrain": 5}
    for method, lift in lifts.items():
        untrained = {"steps": 0, "examples": 0, "seconds": 0.0, "trained_parameters": 0}
        for seed in seeds:
            write_cell(folder, method, seed, lift=lift, cost=untrained if method == "frozen" else None)


def read(folder, **names):
    return read_cells(folder, **({"dataset": "foursquare", "backbone": "sasrec"} | names))
