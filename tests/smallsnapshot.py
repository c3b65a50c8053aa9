"""A snapshot in miniature: real artefacts of forty users, who saw more than their histories keep."""

import json
from contextlib import chdir

import numpy as np
import pandas as pd
import torch
import yaml

from raie.adapters.export import save_adapter
from raie.adapters.jobs import Job
from raie.adapters.train import train_adapters
from raie.backbones.registry import build_backbone
from raie.backbones.store import save_backbone
from raie.datastore.datastore import Datastore
from raie.datastore.files import DATASTORE, ODDS
from raie.datastore.odds import Odds
from raie.encodings.encode import encode
from raie.encodings.memory import Memory
from raie.interactions.days import append_days
from raie.interactions.table import TYPES, in_time_order, positives
from raie.params import Params
from raie.regions.construct import construct_regions
from raie.routing.router import route
from raie.sequences.events import events_of
from raie.sequences.histories import Histories, update
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.geometry import save_regions
from raie.snapshots.git import git
from raie.snapshots.tags import tag_snapshot
from raie.stages.recommend import recommend_all

DAY = 86_400
PARAMS = Params.model_validate(
    {
        "data": {"min_rating": 3.0},
        "sequences": {"length": 4},
        "backbone": {"dim": 16, "n_layers": 1, "max_length": 8},
        "regions": {"n_regions": 3, "radius_quantile": 0.6},
        "edits": {"expansion": 0.0},
        "adapters": {"rank": 4, "epochs": 3, "learning_rate": 0.03, "min_windows": 1},
        "evaluate": {"batch_size": 8},
        "recommend": {"k": 6, "exclude_seen": True},
        "compute": {"threads": 1, "device": "cpu"},
    }
)


def interactions():
    """Forty users with 3 to 15 events on four days; i90 to i99 are only ever rated low, as u40 rates all."""
    rng = np.random.default_rng(11)
    users = np.repeat(np.arange(41), rng.integers(3, 16, size=41))
    items, ratings = rng.integers(0, 30, size=len(users)), rng.integers(3, 6, size=len(users)).astype(float)
    low = (rng.random(len(users)) < 0.2) | (users == 40)
    low[np.unique(users, return_index=True)[1][:40]] = False  # everybody else has a history
    items[low] = np.where(rng.random(low.sum()) < 0.5, 90 + items[low] % 10, items[low])
    ratings[low] = 1.0
    frame = pd.DataFrame(
        {
            "user_id": [f"u{user:02d}" for user in users],
            "item_id": [f"i{item:02d}" for item in items],
            "timestamp": rng.integers(0, 4 * DAY, size=len(users)),
            "rating": ratings,
        }
    )
    return frame.astype(TYPES)


def write_artefacts(data, *, speaking=("r0001", "r0002")):
    """Write raw, histories, backbone, regions and adapters below ``data``, by the project's own functions.

    Regions that are ``speaking`` have learnt odds; all have a datastore.
    """
    rows = interactions()
    append_days(None, rows, data / "raw")
    rows, length = in_time_order(positives(rows, PARAMS.data.min_rating)), PARAMS.sequences.length
    vocabulary = Vocabulary().extend(rows["item_id"])
    events = events_of(rows, vocabulary)
    histories, windows = update(Histories.empty(length), events, length=length, min_history=1)
    (data / "histories").mkdir()
    vocabulary.save(data / "histories" / "vocabulary.json")
    histories.save(data / "histories" / "histories.parquet")
    backbone = build_backbone(PARAMS.backbone, len(vocabulary), 3)
    save_backbone(backbone, data / "backbone")
    encodings = encode(backbone, windows, batch_size=64)
    regions, _ = construct_regions(
        encodings, params=PARAMS.regions, seed=1, snapshot="genesis", date="2024-03-01"
    )
    save_regions(regions, data / "regions")
    routes = route(encodings, regions, params=PARAMS.edits)
    jobs = {
        name: Job(windows, (routes.region == row).astype(float), start=None, seed=row)
        for row, name in enumerate(regions.ids)
    }
    for name, trained in train_adapters(backbone, jobs, params=PARAMS.adapters).items():
        folder = data / "adapters" / name
        save_adapter(trained.state, folder, params=PARAMS.adapters, targets=backbone.lora_targets)
        if name in speaking:
            odds(len(name) + len(windows), length).save(folder / ODDS)
    received = Memory(windows, encodings, np.array(regions.ids)[routes.region])
    Datastore().received(received, size=30).save(data / "regions" / DATASTORE)


def odds(seed, length):
    """Odds that change every answer."""
    generator = torch.Generator().manual_seed(seed)
    return Odds(torch.randn(length, generator=generator), torch.tensor([1.0, 1.0, 0.5]))


def run_stage(root):
    """Run the stage recommend in ``root``, as DVC does."""
    names = ("histories", "backbone", "regions", "adapters", "raw", "recommendations")
    with chdir(root):
        recommend_all(**{name: root / "data" / name for name in names})
    return pd.read_parquet(root / "data" / "recommendations" / "recommendations.parquet")


def write_params(root, **sections):
    """Write params.yaml with ``sections`` in place of the miniature's own values; return them all."""
    document = PARAMS.model_dump(mode="json")
    for name, values in sections.items():
        document[name] |= values
    (root / "params.yaml").write_text(yaml.safe_dump(document))
    return document


def commit_snapshot(root, snapshot, params):
    """Tag what lies in ``root`` as a snapshot; DVC serves files of a tag that git keeps like its own."""
    (root / "data" / "manifest.json").write_text(json.dumps({"params": params}))
    if not (root / ".git").is_dir():
        (root / ".dvc").mkdir()
        (root / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
        (root / "dvc.yaml").write_text("stages: {}\n")
        git(root, "init", "--quiet", "--initial-branch", "main")
        git(root, "add", "dvc.yaml", ".dvc/config")
        git(root, "commit", "--quiet", "--no-gpg-sign", "--message", "first")
    tag_snapshot(root, snapshot=snapshot, previous=None, tracked=["data", "params.yaml"], message=snapshot)


def tag_two_snapshots(root):
    """Make ``root`` a repository with snapshots of the same artefacts, the first without seen items."""
    (root / "data").mkdir()
    write_artefacts(root / "data")
    for snapshot, exclude in (("2024-03-01", True), ("2024-03-02", False)):
        params = write_params(root, recommend={"exclude_seen": exclude})
        run_stage(root)
        commit_snapshot(root, snapshot, params)
    return root
