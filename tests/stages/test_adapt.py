"""The stage adapt on a night: who received enough learns, all others keep their bytes."""

import json
import subprocess
import sys
from contextlib import chdir
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from raie.adapters.export import save_adapter
from raie.adapters.files import OWNED
from raie.adapters.fresh import fresh_adapter
from raie.adapters.jobs import Job
from raie.adapters.store import load_adapter
from raie.adapters.train import train_adapters
from raie.backbones.registry import build_backbone
from raie.backbones.store import save_backbone
from raie.datastore.datastore import Datastore
from raie.datastore.files import ODDS
from raie.datastore.odds import Odds
from raie.encodings.encode import encode
from raie.encodings.memory import Memory
from raie.params import Params
from raie.regions.regionset import RegionSet
from raie.sequences.windows import Windows
from raie.snapshots.geometry import save_regions
from raie.snapshots.night import Night
from raie.stages.adapt import adapt

N_ITEMS = 20
DOCUMENT = {
    "sequences": {"length": 6},
    "backbone": {"dim": 16, "n_layers": 1, "max_length": 8},
    "adapters": {"rank": 2, "epochs": 2, "min_windows": 8, "batch_size": 16, "replay_ratio": 0.5},
    "compute": {"threads": 1, "device": "cpu"},
}
PARAMS = Params.model_validate(DOCUMENT)
RECEIVED = {"r0001": 40, "r0002": 3, "r0003": 20, "r0004": 0}
"""r0003 is added tonight, a child of r0001; r0004 is added too, and has no parent."""


def some_windows(n, seed):
    generator = np.random.default_rng(seed)
    items = generator.integers(1, N_ITEMS + 1, size=(n, 6)).astype(np.int32)
    times = np.arange(1, 7) + 10 * np.arange(n)[:, None]
    return Windows(
        np.array([f"u{row}" for row in range(n)]), items[:, :5], times[:, :5], items[:, 5], times[:, 5]
    )


def lay_out(root):
    backbone = build_backbone(PARAMS.backbone, N_ITEMS, 3)
    save_backbone(backbone, root / "backbone")
    for seed, name in enumerate(("r0001", "r0002")):
        state = fresh_adapter(backbone, params=PARAMS.adapters, seed=seed)
        moved = {key: tensor + 0.01 * (seed + 1) for key, tensor in state.items()}
        save_adapter(moved, root / "before" / name, params=PARAMS.adapters, targets=backbone.lora_targets)
    remembered = some_windows(30, seed=9)
    Memory(remembered, np.eye(30, 16, dtype=np.float32), np.repeat(["r0001", "r0002"], 15)).save(
        root / "regions_before" / "memory"
    )
    regions = RegionSet.from_statistics(
        ids=tuple(RECEIVED),
        parents=((), (), ("r0001",), ()),
        born=("g",) * 4,
        last_seen=("2024-01-01",) * 4,
        next_serial=5,
        resultants=10.0 * np.eye(4, 16),
        counts=np.full(4, 20.0),
        radii=np.full(4, 0.3),
    )
    save_regions(regions, root / "regions")
    given = some_windows(sum(RECEIVED.values()), seed=1)
    names = np.random.default_rng(2).permutation(np.repeat(list(RECEIVED), list(RECEIVED.values())))
    given = Memory(given, encode(backbone, given, batch_size=64), names)
    given.save(root / "decisions" / "incoming")
    before = Memory(remembered, encode(backbone, remembered, batch_size=64), np.full(30, "r0001"))
    seen = Datastore().received(before, size=100).received(given, size=100)
    seen.save(root / "regions" / "datastore")
    Odds(torch.full((5,), 0.25), torch.tensor([4.0, 2.0, 0.0])).save(root / "before" / "r0001" / ODDS)
    table = pd.DataFrame({"region": names, "weight": np.linspace(0.5, 1.0, len(names))})
    table.to_parquet(root / "decisions" / "assignments.parquet", index=False)
    night = Night("2024-01-02", previous="genesis", kind="nightly")
    (root / "night.json").write_text(json.dumps(asdict(night)))
    (root / "params.yaml").write_text(yaml.safe_dump(DOCUMENT))


def run(root, into):
    with chdir(root):
        adapt(
            night=root / "night.json",
            decisions=root / "decisions",
            regions=root / "regions",
            backbone=root / "backbone",
            previous_regions=root / "regions_before",
            previous=root / "before",
            restored_regions=root / "nothing",
            restored=root / "nothing",
            adapters=into,
            training=root / "training.json",
        )
    return json.loads((root / "training.json").read_text())


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("night")
    lay_out(root)
    return root


@pytest.fixture(scope="module")
def log(root):
    return run(root, root / "adapters")


def bytes_of(folder):
    return {name: (folder / name).read_bytes() for name in OWNED if (folder / name).is_file()}


def test_the_log_says_who_trained_on_what(log):
    assert {name: entry["windows"] for name, entry in log.items()} == RECEIVED
    assert [name for name, entry in log.items() if entry["trained"]] == ["r0001", "r0003"]
    first = log["r0001"]
    assert (first["replayed"], first["steps"], len(first["losses"])) == (15, 2 * 4, 2)
    assert log["r0003"]["replayed"] == 0
    assert log["r0002"].keys() == {"trained", "windows", "norm"}
    assert first.keys() == {"trained", "windows", "replayed", "steps", "losses", "norm", "odds"}


def test_who_received_too_little_keeps_the_bytes(log, root):
    assert bytes_of(root / "adapters" / "r0002") == bytes_of(root / "before" / "r0002")
    assert bytes_of(root / "adapters" / "r0001") != bytes_of(root / "before" / "r0001")
    assert log["r0004"]["norm"] == {"max": 0.0, "mean": 0.0}


def test_an_added_region_starts_at_its_parent(log, root):
    """From a fresh adapter one night of small steps would not reach the parent's distance."""
    child, parent = (load_adapter(root / folder) for folder in ("adapters/r0003", "before/r0001"))
    backbone = build_backbone(PARAMS.backbone, N_ITEMS, 3)
    mine = pd.read_parquet(root / "decisions" / "assignments.parquet")
    chosen = (mine["region"] == "r0003").to_numpy()
    windows = Windows.load(root / "decisions" / "incoming").take(chosen)
    for start, alike in ((parent, True), (None, False)):
        job = Job(windows, mine["weight"].to_numpy()[chosen], start, seed=0)
        other = train_adapters(backbone, {"r": job}, params=PARAMS.adapters)["r"].state
        assert all(np.allclose(child[key], other[key], atol=5e-3) for key in child) == alike


def odds_of(folder):
    return Odds.load(folder / ODDS)


def test_who_trained_has_odds_and_nobody_else_gets_any(log, root):
    assert {name for name in RECEIVED if (root / "adapters" / name / ODDS).is_file()} == {"r0001", "r0003"}


def test_the_log_tells_the_odds_of_who_has_them(log, root):
    told = log["r0003"]["odds"]
    odds = odds_of(root / "adapters/r0003")
    assert [told["weight"], told["sharpness"]] == pytest.approx(odds.trust[:2].exp().tolist())
    assert [told["repeat"], told["newest_place"]] == [odds.trust[2].item(), odds.habits[-1].item()]


def test_odds_move_a_little_from_where_they_were_and_a_childs_from_its_parents(log, root):
    parent = odds_of(root / "before/r0001")
    for name in ("r0001", "r0003"):
        mine = odds_of(root / "adapters" / name)
        moved = torch.cat([mine.habits - parent.habits, mine.trust - parent.trust])
        assert (moved.abs() > 1e-4).all() and moved.abs().max() < 3
        assert (odds_of(root / "adapters" / name).trust - Odds.fresh(5).trust).abs().max() > 0.3


def test_where_nothing_is_kept_adapters_learn_the_same_and_odds_nothing(log, root, tmp_path):
    there, aside = root / "regions" / "datastore", root / "regions" / "aside"
    there.rename(aside)
    try:
        alone = run(root, tmp_path / "alone")
        assert alone == {
            name: {key: each for key, each in entry.items() if key != "odds"} for name, entry in log.items()
        }
    finally:
        aside.rename(there)
        run(root, root / "adapters")
    for name in ("r0001", "r0003"):
        files = bytes_of(tmp_path / "alone" / name)
        assert files == {key: each for key, each in bytes_of(root / "adapters" / name).items() if key != ODDS}


def test_the_same_inputs_give_the_same_bytes(log, root, tmp_path):
    assert run(root, tmp_path / "again") == log
    for name in RECEIVED:
        assert bytes_of(tmp_path / "again" / name) == bytes_of(root / "adapters" / name)


def test_a_night_need_not_wait_for_peft(root, tmp_path):
    """Importing it takes longer than the training."""
    script = (
        "import sys; sys.argv[0] = 'adapt'; from raie.stages.adapt import adapt; "
        "from raie.stages.entry import start; start(adapt); assert 'peft' not in sys.modules"
    )
    folders = {
        "night": root / "night.json",
        "decisions": root / "decisions",
        "regions": root / "regions",
        "backbone": root / "backbone",
        "previous-regions": root / "regions_before",
        "previous": root / "before",
        "restored-regions": root / "nothing",
        "restored": root / "nothing",
        "adapters": tmp_path / "adapters",
        "training": tmp_path / "training.json",
    }
    options = [text for name, path in folders.items() for text in (f"--{name}", str(path))]
    subprocess.run([sys.executable, "-P", "-c", script, *options], cwd=root, check=True)
    assert sorted(path.name for path in (tmp_path / "adapters").iterdir()) == sorted(RECEIVED)
