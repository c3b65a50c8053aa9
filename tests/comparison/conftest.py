"""The story's snapshots with the outputs that a comparison reads, as if they had been opened before."""

import json

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from raie.regions.regionset import RegionSet
from raie.snapshots.geometry import save_regions
from raie.snapshots.ledger import replay
from raie.snapshots.tags import tag_snapshot
from tests.conftest import DIM, write_documents

GENESIS, MIDDLE, LAST = "2024-03-01", "2024-03-02", "2024-03-04"
EDITS = {"use_radius": True}
USERS = ["u1", "u1", "u1", "u2", "u3", "u3"]
TIMES = [10, 20, 20, 10, 10, 30]


def write_regions(folder, regions):
    save_regions(regions, folder / "regions")


def write_adapter(folder, region, rng, rank=2):
    adapter = folder / "adapters" / region
    adapter.mkdir(parents=True)
    layer = "base_model.model.layers.0.linear"
    parts = {
        f"{layer}.lora_A.weight": rng.standard_normal((rank, 4)).astype(np.float32),
        f"{layer}.lora_B.weight": rng.standard_normal((3, rank)).astype(np.float32),
    }
    save_file(parts, adapter / "adapter_model.safetensors")
    (adapter / "adapter_config.json").write_text(json.dumps({"lora_alpha": 4, "r": rank}))


def write_probes(folder, regions, champions=None, rows=slice(None)):
    """Outcomes of the held-out windows: ``regions`` by this snapshot, ``champions`` by the one before."""
    table = pd.DataFrame({"user_id": USERS, "region": champions or regions, "candidate_region": regions})
    order = np.arange(len(USERS))[rows]
    (folder / "outcomes").mkdir(exist_ok=True)
    table.iloc[order].to_parquet(folder / "outcomes" / "retention.parquet", index=False)
    heldout = folder / "histories" / "heldout"
    heldout.mkdir(parents=True, exist_ok=True)
    np.save(heldout / "user_ids.npy", np.array(USERS)[order], allow_pickle=False)
    np.save(heldout / "label_times.npy", np.array(TIMES)[order], allow_pickle=False)


ROUTED = {
    GENESIS: ["r0001", "r0001", "r0002", "r0002", "r0003", ""],
    MIDDLE: ["r0001", "r0004", "r0002", "r0004", "r0003", ""],
    LAST: ["r0001", "r0001", "r0002", "r0001", "", "r0002"],
}


@pytest.fixture
def opened(repository):
    """Folder of a snapshot's opened outputs."""

    def folder(snapshot):
        return repository / ".raie" / "opened" / snapshot

    return folder


@pytest.fixture
def compared(repository, ledgers, opened):
    """The story's three snapshots, tagged, their outputs at hand."""
    previous, head, entries = None, "0" * 64, []
    (repository / ".dvc").mkdir()
    for snapshot, own in ledgers.items():
        entries += own
        write_outputs(opened(snapshot), replay(entries, RegionSet.empty(DIM)), snapshot, previous)
        write_documents(repository, snapshot, previous, own, head)
        add_to_documents(repository, snapshot)
        tag_snapshot(repository, snapshot=snapshot, previous=previous, tracked=["data"], message=snapshot)
        previous, head = snapshot, own[-1]["hash"]
    return repository


def write_outputs(folder, regions, snapshot, previous):
    write_regions(folder, regions)
    write_probes(folder, ROUTED[snapshot], ROUTED.get(previous))
    for region in regions.ids:
        # r0002's never trains again
        seed = [int(region[1:]), 0 if region == "r0002" else int(snapshot[-2:])]
        write_adapter(folder, region, np.random.default_rng(seed))


def add_to_documents(repository, like, **night):
    manifest, metrics = (repository / "data" / f"{name}.json" for name in ("manifest", "metrics"))
    document = json.loads(manifest.read_text())
    document["night"] |= night
    manifest.write_text(json.dumps({**document, "params": {"edits": EDITS}}))
    recall = {GENESIS: 0.5, MIDDLE: 0.25, LAST: 0.375}[like]
    regions = {"r0001": {"windows": 8, "recall_at_10": recall}}
    scores = {"windows": 16, "routed": {"recall_at_10": recall}, "regions": regions}
    metrics.write_text(json.dumps({"setup_heldout": scores}))
