"""A night's documents and ranks, small enough to check by hand."""

import numpy as np
import pandas as pd
import pytest

from raie.cards.sources import Counts, Sources
from raie.metrics.ranking import MISS, ndcg_at_k, recall_at_k
from raie.params import Params

PARAMS = {
    "evaluate": {"k": 5},
    "promotion": {"min_region_windows": 30, "n_resamples": 200},
    "compute": {"seed": 4},
}
K = 5


def ranks(rng, n):
    drawn = rng.integers(1, 12, size=n)
    drawn[drawn == 11] = MISS
    return drawn.astype(np.int64)


def outcomes(seed, n, *, regions=("r0001", "r0002", ""), heldout=True):
    rng = np.random.default_rng(seed)
    table = {"user_id": [f"u{row % 13}" for row in range(n)], "region": rng.choice(regions, size=n)}
    if heldout:
        table |= {"candidate_region": rng.choice(regions, size=n), "candidate_rank": ranks(rng, n)}
    return pd.DataFrame(table | {"champion_rank": ranks(rng, n), "base_rank": ranks(rng, n)})


def scores(table, column, by):
    def means(rows):
        values = rows.to_numpy(np.int64)
        return {"recall_at_5": recall_at_k(values, K), "ndcg_at_5": ndcg_at_k(values, K)}

    return {
        "windows": len(table),
        "fallback_share": float((table[by] == "").mean()),
        "ambiguous_share": 0.25,
        "routed": means(table[column]),
        "base": means(table["base_rank"]),
        "regions": {
            region: {"windows": len(rows), **means(rows[column])}
            for region, rows in table[table[by] != ""].groupby(by)
        },
    }


def edit(region, operation, n_sequences):
    return {"edit": {"region": region, "operation": operation, "n_sequences": n_sequences, "parents": []}}


def promotion(promoted=True):
    lost = {"name": "retention", "windows": 90, "champion": 0.4, "candidate": 0.3, "difference": -0.1}
    lost |= {"low": -0.2, "high": -0.05, "max_loss": 0.03, "judged": True, "reason": "beyond chance"}
    kept = lost | {"difference": 0.0, "candidate": 0.4, "low": None, "high": None, "judged": False}
    document = {"promoted": promoted, "headline": "promoted" if promoted else "refused: retention fell"}
    return document | {"checks": [kept if promoted else lost], "k": K, "confidence": 0.95, "first": False}


@pytest.fixture
def tables():
    """Ranks of every part."""
    return {
        "setup_heldout": outcomes(1, 90),
        "newest_heldout": outcomes(2, 60),
        "forward": outcomes(3, 40, heldout=False),
    }


@pytest.fixture
def manifest(tables):
    """Manifest of a night whose metrics follow from the ranks."""
    heldout = {name: tables[name] for name in ("setup_heldout", "newest_heldout")}
    served = {name: scores(table, "candidate_rank", "candidate_region") for name, table in heldout.items()}
    before = {name: scores(table, "champion_rank", "region") for name, table in heldout.items()}
    forward = scores(tables["forward"], "champion_rank", "region")
    return {
        "night": {
            "snapshot": "2024-03-02",
            "previous": "2024-03-01",
            "kind": "nightly",
            "generation": 2,
            "run": "nightly 2024-03-02",
            "code_commit": "c" * 40,
        },
        "params": Params.model_validate(PARAMS).model_dump(),
        "metrics": served | {"champion": before, "forward": forward},
        "training": {
            "r0001": {"trained": True, "windows": 82},
            "r0002": {"trained": False, "windows": 3},
            "r0003": {"trained": False, "windows": 0},
        },
        "gates": {
            "interactions": {
                "passed": True,
                "headline": "499 rows accepted",
                "counts": {"accepted": 499, "refused": 2, "duplicates": 1},
                "warnings": [],
            },
            "promotion": promotion(),
        },
        "artefacts": {"raw": {"2024-01-03.parquet": "ab", "2024-03-02.parquet": "cd"}},
        "environment": {"lock_file": "ef" * 32, "machine": "x86_64", "python": "3.11"},
        "ledger_head": "12" * 32,
        "root_hash": "34" * 32,
    }


@pytest.fixture
def sources(manifest, tables):
    """All of it, with data at hand."""
    entries = [edit("r0001", "update", 75), edit("r0001", "expand", 7), edit("r0003", "reject", 0)]
    params = Params.model_validate(manifest["params"])
    return Sources(manifest, params, entries, Counts(6985, 189, 264), tables)
