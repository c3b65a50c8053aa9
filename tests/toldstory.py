"""The story's snapshots with data in a cache laid out as DVC does (tests/snapshots/test_cached.py)."""

import hashlib
import json
import shutil

import numpy as np
import pandas as pd

from raie.encodings.memory import Memory
from raie.sequences.vocabulary import Vocabulary
from raie.sequences.windows import Windows
from raie.snapshots.cached import cached_file
from raie.snapshots.night import GENESIS_HASH
from raie.snapshots.tags import tag_snapshot
from tests.conftest import write_documents

LAST = "2024-03-04"
FIRST_DAY = 1_709_251_200  # 2024-03-01
OUTPUTS = ("regions", "histories", "decisions", "recommendations")
ITEMS = ("i1", "i2", "i3", "i4", "i5")
OF_REGION = {"r0001": [1, 2, 5], "r0002": [3, 4, 5]}
"""Item indices that each region's sequences are made of: i5 is everybody's."""


def memory_of_regions(n=30):
    """Thirty remembered sequences of each region, of six users, over its three items."""
    rng = np.random.default_rng(3)
    regions = np.repeat(list(OF_REGION), n)
    held = np.array([rng.choice(OF_REGION[name], size=4) for name in regions], dtype=np.int32)
    users = np.array([f"{name}u{number % 6}" for number, name in enumerate(regions)])
    times = np.arange(len(regions)) + FIRST_DAY
    windows = Windows(users, held[:, :3], np.zeros((len(regions), 3), np.int64), held[:, 3], times)
    return Memory(windows, np.eye(2, dtype=np.float32)[np.arange(len(regions)) % 2], regions)


def decisions():
    """A user's three sequences, one of each decision, and two of somebody else's."""
    return pd.DataFrame(
        {
            "user_id": ["u1", "other", "u1", "u1", "other"],
            "label_time": FIRST_DAY + np.arange(5) * 60,
            "operation": ["pool", "update", "update", "expand", "pool"],
            "region": ["r0002", "r0001", "r0001", "r0001", "r0002"],
            "runner_up": ["r0001", "r0002", "r0002", "r0002", "r0001"],
            "angle": [0.9, 0.1, 0.2, 0.3, 0.8],
            "radius": [0.5, 0.4, 0.4, 0.4, 0.5],
            "posterior": [1.0, 1.0, 0.9, 0.52, 1.0],
            "margin": [1.0, 1.0, 0.8, 0.04, 1.0],
            "expansion": 0.2,
            "min_posterior_margin": 0.1,
        }
    )


def assignments():
    """The pooled sequence of u1 went to the region that was added; the unclear one trains two."""
    rows = [(0, "r0004", 1.0), (1, "r0001", 1.0), (2, "r0001", 1.0), (3, "r0001", 0.52), (3, "r0002", 0.48)]
    return pd.DataFrame(rows, columns=["row", "region", "weight"])


def recommendations():
    """Two users of r0001, one who lies outside it, and one of r0002."""
    return pd.DataFrame(
        {
            "user_id": ["u1", "u2", "u3", "u4"],
            "region": ["r0001", "r0001", "r0001", "r0002"],
            "runner_up": ["r0002", "r0002", "r0002", "r0001"],
            "angle": [0.1, 0.2, 0.9, 0.1],
            "radius": 0.4,
            "margin": [0.9, 0.8, 0.7, 1.0],
            "adapter": ["r0001", "r0001", "", "r0002"],
            "fallback": [False, False, True, False],
            "items": [["i2", "i1"], ["i1", "i5"], ["i3", "i4"], ["i3", "i5"]],
            "scores": [[2.0, 1.0]] * 4,
        }
    )


def write_outputs(folder, *, night):
    """Write the outputs that lives are told from; a run that is no night decided nothing."""
    for name in OUTPUTS:
        (folder / name).mkdir(parents=True)
    memory_of_regions().save(folder / "regions" / "memory")
    Vocabulary(ITEMS).save(folder / "histories" / "vocabulary.json")
    (folder / "decisions" / "edits.jsonl").touch()
    if night:
        decisions().to_parquet(folder / "decisions" / "decisions.parquet", index=False)
        assignments().to_parquet(folder / "decisions" / "assignments.parquet", index=False)
    recommendations().to_parquet(folder / "recommendations" / "recommendations.parquet", index=False)


def cached(root, folder):
    """Copy an output into the cache; return what a lock file says of it."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    listing = [
        {"md5": keep(root, file.read_bytes()), "relpath": file.relative_to(folder).as_posix()}
        for file in files
    ]
    digest = keep(root, json.dumps(listing).encode(), ".dir")
    return (
        f"    - path: data/{folder.name}\n      hash: md5\n      md5: {digest}\n      nfiles: {len(files)}\n"
    )


def keep(root, content, suffix=""):
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest() + suffix
    file = root / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return digest


def add_numbers(root, recall):
    """Put what regions learnt from and were judged by into a manifest."""
    path = root / "data" / "manifest.json"
    manifest = json.loads(path.read_text())
    trained = {"trained": True, "windows": 7, "replayed": 2, "steps": 1, "losses": [3.0, 2.0]}
    idle = {"trained": False, "windows": 5, "replayed": 0, "steps": 0, "losses": []}
    manifest["training"] = {"r0001": trained, "r0002": idle}
    scores = {"windows": 4, "recall_at_10": recall, "ndcg_at_10": recall / 2}
    part = {"routed": {"recall_at_10": recall}, "windows": 4}
    manifest["metrics"] = {
        "setup_heldout": {**part, "regions": {"r0001": scores}},
        "forward": {**part, "regions": {"r0001": scores, "r0002": scores}},
    }
    path.write_text(json.dumps(manifest))


def tag_story(repository, ledgers, scratch):
    """Tag the story's snapshots, genesis and two nights, with data in the cache and Recall that falls."""
    previous, head = None, GENESIS_HASH
    for number, (snapshot, entries) in enumerate(ledgers.items()):
        write_documents(repository, snapshot, previous, entries, head)
        add_numbers(repository, recall=0.5 - number / 10)
        write_outputs(scratch / snapshot, night=previous is not None)
        outs = "".join(cached(repository, scratch / snapshot / name) for name in OUTPUTS)
        (repository / "dvc.lock").write_text(f"schema: '2.0'\nstages:\n  all:\n    cmd: x\n    outs:\n{outs}")
        tracked = ["data", "dvc.lock"]
        tag_snapshot(repository, snapshot=snapshot, previous=previous, tracked=tracked, message=snapshot)
        previous, head = snapshot, entries[-1]["hash"]
    return repository


def clear_cache(root, *, keeping=None, of=None, content=None):
    """Empty the cache, but for one file of one snapshot, if given with other content in it."""
    folder = root / ".dvc" / "cache"
    if keeping is None:
        shutil.rmtree(folder)
        return
    file = cached_file(root, of, keeping)
    kept = folder.parent / "kept"
    shutil.copyfile(file, kept)
    shutil.rmtree(folder)
    opened = root / ".raie" / "opened" / of / keeping.removeprefix("data/")
    opened.parent.mkdir(parents=True)
    kept.rename(opened)
    if content is not None:
        opened.write_bytes(content)
