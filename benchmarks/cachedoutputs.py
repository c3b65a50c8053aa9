"""Folders as DVC keeps them in its cache, and what a snapshot with many regions keeps there."""

import hashlib
import json
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from inventednights import DIM
from safetensors.numpy import save_file

from raie.adapters.files import CONFIG, DOWN, PREFIX, UP, WEIGHTS
from raie.encodings.memory import Memory
from raie.regions.regionset import RegionSet
from raie.sequences.vocabulary import Vocabulary
from raie.sequences.windows import Windows
from raie.snapshots.geometry import save_regions

N_USERS, N_ITEMS, LENGTH, RANK = 5000, 8000, 20, 8
N_HELDOUT, N_DECIDED = 5000, 1500
"""Held-out windows; sequences that a night decides about."""
LAYERS = [f"blocks.{block}.attention.{name}_proj" for block in (0, 1) for name in "kqv"]


def cache_snapshot(
    repository: Path, regions: RegionSet, rng: np.random.Generator, *, memory_size: int
) -> dict[str, str]:
    """Put what questions about a snapshot read into the cache; return the MD5 by output."""
    with tempfile.TemporaryDirectory(dir=repository) as scratch:
        folder = Path(scratch)
        save_regions(regions, folder / "regions")
        everything = np.repeat(np.arange(len(regions)), memory_size)
        _memory(regions, everything, rng).save(folder / "regions" / "memory")
        _memory(regions, everything[:0], rng).save(folder / "regions" / "pool")
        _save_histories(folder / "histories")
        _save_outcomes(folder / "outcomes", regions, rng)
        _save_recommendations(folder / "recommendations", regions, rng)
        for name in regions.ids:
            _save_adapter(folder / "adapters" / name, rng)
        names = ("regions", "histories", "outcomes", "recommendations", "adapters")
        return {f"data/{name}": _cache_folder(repository, folder / name) for name in names}


def cache_decisions(
    repository: Path, snapshot: str, regions: RegionSet, rng: np.random.Generator
) -> dict[str, str]:
    """Put what a night decided about its sequences into the cache; return the MD5 by output."""
    seconds = int(datetime.fromisoformat(f"{snapshot}T00:00:00+00:00").timestamp())
    operations = np.array(["update", "expand", "pool"], dtype=object)
    decisions = {
        "user_id": _users(rng, N_DECIDED),
        "label_time": np.sort(seconds + rng.integers(0, 86_400, N_DECIDED)),
        "operation": operations[rng.integers(0, 3, N_DECIDED)],
        **_routed(regions, rng, N_DECIDED),
        "posterior": rng.random(N_DECIDED),
        "expansion": np.full(N_DECIDED, 0.2),
        "min_posterior_margin": np.full(N_DECIDED, 0.1),
    }
    assignments = {"row": np.arange(N_DECIDED), "region": decisions["region"], "weight": np.ones(N_DECIDED)}
    with tempfile.TemporaryDirectory(dir=repository) as scratch:
        folder = Path(scratch) / "decisions"
        folder.mkdir()
        pd.DataFrame(decisions).to_parquet(folder / "decisions.parquet", index=False)
        pd.DataFrame(assignments).to_parquet(folder / "assignments.parquet", index=False)
        return {"data/decisions": _cache_folder(repository, folder)}


def _save_recommendations(folder: Path, regions: RegionSet, rng: np.random.Generator) -> None:
    folder.mkdir()
    routed, k = _routed(regions, rng, N_USERS), 10
    items = rng.integers(1, N_ITEMS, (N_USERS, k)).tolist()
    table = {
        "user_id": [f"u{user:05d}" for user in range(N_USERS)],
        **routed,
        "adapter": routed["region"],
        "fallback": np.zeros(N_USERS, dtype=bool),
        "items": [[f"item {item}" for item in each] for each in items],
        "scores": rng.random((N_USERS, k)).tolist(),
    }
    pd.DataFrame(table).to_parquet(folder / "recommendations.parquet", index=False)


def _routed(regions: RegionSet, rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    ids = np.array(regions.ids, dtype=object)
    return {
        "region": ids[rng.integers(0, len(ids), n)],
        "runner_up": ids[rng.integers(0, len(ids), n)],
        "angle": rng.uniform(0, 0.6, n),
        "radius": rng.uniform(0.2, 0.6, n),
        "margin": rng.random(n),
    }


def _users(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.array([f"u{user:05d}" for user in rng.integers(0, N_USERS, n)], dtype=object)


def _save_histories(folder: Path) -> None:
    """The vocabulary, and held-out windows: the same in every snapshot."""
    (folder / "heldout").mkdir(parents=True)
    Vocabulary(tuple(f"item {number}" for number in range(1, N_ITEMS + 1))).save(folder / "vocabulary.json")
    np.save(folder / "heldout" / "user_ids.npy", _heldout_users(), allow_pickle=False)
    np.save(folder / "heldout" / "label_times.npy", np.arange(N_HELDOUT), allow_pickle=False)


def _save_outcomes(folder: Path, regions: RegionSet, rng: np.random.Generator) -> None:
    folder.mkdir()
    served = np.array([*regions.ids, ""], dtype=object)[rng.integers(0, len(regions) + 1, N_HELDOUT)]
    ranks = {f"{who}_rank": rng.integers(1, N_ITEMS, N_HELDOUT) for who in ("candidate", "champion", "base")}
    table = {
        "user_id": _heldout_users().astype(object),
        "region": served,
        "candidate_region": served,
        **ranks,
    }
    pd.DataFrame(table).to_parquet(folder / "retention.parquet", index=False)


def _heldout_users() -> np.ndarray:
    return np.array([f"u{number:05d}" for number in range(N_HELDOUT)], dtype=np.str_)


def _save_adapter(folder: Path, rng: np.random.Generator) -> None:
    folder.mkdir(parents=True)
    state = {}
    for layer in LAYERS:
        state[PREFIX + layer + DOWN] = rng.standard_normal((RANK, DIM), dtype=np.float32)
        state[PREFIX + layer + UP] = rng.standard_normal((DIM, RANK), dtype=np.float32) * np.float32(0.01)
    save_file(state, folder / WEIGHTS)
    (folder / CONFIG).write_text(
        json.dumps({"lora_alpha": 16, "peft_type": "LORA", "r": RANK}) + "\n", "utf-8"
    )


def _memory(regions: RegionSet, rows: np.ndarray, rng: np.random.Generator) -> Memory:
    n = len(rows)
    # a taste of its own for each region: items near one point of the vocabulary
    items = (rows[:, None] * 37 + rng.geometric(0.02, (n, LENGTH + 1))) % N_ITEMS + 1
    times = np.sort(rng.integers(0, 10**9, (n, LENGTH + 1)), axis=1)
    windows = Windows(
        _users(rng, n).astype(np.str_),
        items[:, :-1].astype(np.int32),
        times[:, :-1],
        items[:, -1].astype(np.int32),
        times[:, -1],
    )
    ids = np.array(regions.ids, dtype=np.str_)
    return Memory(windows, regions.centers_[rows].astype(np.float32), ids[rows])


def _cache_folder(repository: Path, folder: Path) -> str:
    cache = repository / ".dvc" / "cache" / "files" / "md5"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    listing = [{"md5": _keep(cache, path), "relpath": path.relative_to(folder).as_posix()} for path in files]
    index = folder.with_suffix(".listing")
    index.write_text(json.dumps(sorted(listing, key=lambda entry: entry["relpath"]), sort_keys=True), "utf-8")
    return _keep(cache, index, suffix=".dir")


def _keep(cache: Path, file: Path, suffix: str = "") -> str:
    with file.open("rb") as stream:
        md5 = hashlib.file_digest(stream, "md5").hexdigest() + suffix
    place = cache / md5[:2] / md5[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)
    return md5
