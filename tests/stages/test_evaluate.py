"""Champion and candidate on the same windows: every rank is kept, and the metrics follow from the ranks."""

import json
from contextlib import chdir

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from raie.adapters.export import save_adapter
from raie.adapters.fresh import fresh_adapter
from raie.backbones.registry import build_backbone
from raie.backbones.store import load_backbone, save_backbone
from raie.encodings.encode import encode
from raie.metrics.ranking import MISS
from raie.params import Params
from raie.regions.construct import construct_regions
from raie.sequences.windows import Windows, concatenate
from raie.snapshots import serving
from raie.snapshots.geometry import save_regions
from raie.snapshots.serving import ServedSnapshot
from raie.stages.evaluate import evaluate
from raie.stages.promote import promote

N_OLD, N_ITEMS = 24, 30
DOCUMENT = {
    "sequences": {"length": 6},
    "backbone": {"dim": 16, "n_layers": 1, "max_length": 8},
    "regions": {"n_regions": 3, "radius_quantile": 0.6},
    "edits": {"expansion": 0.0, "min_posterior_margin": 0.3},
    "adapters": {"rank": 4},
    "evaluate": {"k": 5, "batch_size": 16},
    "promotion": {"min_region_windows": 2, "n_resamples": 100},
    "compute": {"threads": 1, "device": "cpu"},
}
PARAMS = Params.model_validate(DOCUMENT)
FOLDERS = ("backbone", "regions", "adapters")


def some_windows(n, *, seed, n_items=N_ITEMS):
    rng = np.random.default_rng(seed)
    histories = rng.integers(1, n_items + 1, size=(n, 5)).astype(np.int32)
    histories[::3, :2] = 0
    times = np.where(histories, np.arange(1, 6), 0).astype(np.int64)
    users = np.array([f"u{row % 7}" for row in range(n)])
    return Windows(
        users, histories, times, rng.integers(1, n_items + 1, size=n).astype(np.int32), np.full(n, 9)
    )


def make_snapshot(folder, *, n_items, seed, grown_from=None):
    """A backbone, three regions and an adapter for each that changes what the base says."""
    if grown_from is None:
        backbone = build_backbone(PARAMS.backbone, n_items, seed)
    else:
        backbone = load_backbone(grown_from)
        rows = torch.randn(n_items - backbone.n_items, 16, generator=torch.Generator().manual_seed(seed))
        backbone.grow(rows * 0.25)
    save_backbone(backbone, folder / "backbone", previous=grown_from)
    encodings = encode(backbone, some_windows(80, seed=seed, n_items=n_items), batch_size=64)
    regions, _ = construct_regions(encodings, params=PARAMS.regions, seed=1, snapshot="s", date="2024-03-01")
    save_regions(regions, folder / "regions")
    for row, name in enumerate(regions.ids):
        state = fresh_adapter(backbone, params=PARAMS.adapters, seed=row)
        wild = {key: tensor + 0.5 * torch.ones_like(tensor) for key, tensor in state.items()}
        save_adapter(wild, folder / "adapters" / name, params=PARAMS.adapters, targets=backbone.lora_targets)


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory):
    root = tmp_path_factory.mktemp("snapshots")
    make_snapshot(root / "champion", n_items=N_OLD, seed=1)
    make_snapshot(root / "candidate", n_items=N_ITEMS, seed=2)
    make_snapshot(root / "grown", n_items=N_ITEMS, seed=3, grown_from=root / "champion" / "backbone")
    for name in FOLDERS:
        (root / "none" / name).mkdir(parents=True)
        (root / "none" / name / ".gitkeep").touch()
    return root


@pytest.fixture(scope="module")
def slices():
    return {"setup_heldout": some_windows(60, seed=3), "newest_heldout": some_windows(40, seed=4)}


@pytest.fixture
def run(snapshots, slices, tmp_path):
    def ran(kind, previous, candidate="candidate", incoming=None, slices=slices):
        slices["setup_heldout"].save(tmp_path / "histories" / "heldout")
        slices["newest_heldout"].save(tmp_path / "histories" / "recent")
        arrived = some_windows(30, seed=5) if incoming is None else incoming
        arrived.save(tmp_path / "windows" / "incoming")
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(DOCUMENT))
        (tmp_path / "night.json").write_text(json.dumps({"snapshot": "2024-03-02", "kind": kind}))
        with chdir(tmp_path):
            evaluate(
                windows=tmp_path / "windows",
                histories=tmp_path / "histories",
                **{name: snapshots / candidate / name for name in FOLDERS},
                previous=snapshots / previous,
                night=tmp_path / "night.json",
                outcomes=tmp_path / "outcomes",
                metrics=tmp_path / "metrics.json",
            )
        tables = [
            pd.read_parquet(tmp_path / "outcomes" / f"{name}.parquet") for name in ("retention", "newest")
        ]
        names = ("setup_heldout", "newest_heldout")
        return json.loads((tmp_path / "metrics.json").read_text()), dict(zip(names, tables, strict=True))

    return ran


@pytest.fixture(scope="module")
def served(snapshots):
    return {
        name: ServedSnapshot.load(**{part: snapshots / name / part for part in FOLDERS}, params=PARAMS)
        for name in ("champion", "candidate", "grown")
    }


def recall(ranks):
    return np.mean(ranks.to_numpy() <= PARAMS.evaluate.k)


def test_outcomes_hold_what_both_judged_window_by_window(run, served, slices):
    _, outcomes = run("nightly", "champion")
    for name, windows in slices.items():
        table = outcomes[name]
        before, after = (served[who].judge(windows) for who in ("champion", "candidate"))
        assert table["user_id"].tolist() == windows.user_ids.tolist()
        assert table["champion_rank"].tolist() == before.routed_ranks.tolist()
        assert table["candidate_rank"].tolist() == after.routed_ranks.tolist()
        assert table["base_rank"].tolist() == after.base_ranks.tolist()
        ids = np.array([*served["champion"].regions.ids, ""])
        assert table["region"].tolist() == ids[before.region].tolist()
        assert "" in set(table["region"]) and table["region"].nunique() > 2
        ids = np.array([*served["candidate"].regions.ids, ""])
        assert table["candidate_region"].tolist() == ids[after.region].tolist()
        assert table["candidate_region"].tolist() != table["region"].tolist()
        assert {str(kind) for kind in table.dtypes[3:]} == {"int64"}


def test_snapshots_of_one_backbone_share_what_it_makes_of_histories(run, served, slices, monkeypatch):
    n_encoded = []

    def counted(backbone, windows, **options):
        n_encoded.append(len(windows))
        return encode(backbone, windows, **options)

    monkeypatch.setattr(serving, "encode", counted)
    _, outcomes = run("construct", "champion", candidate="grown")
    for name, windows in slices.items():
        for who, column in (("champion", "champion_rank"), ("grown", "candidate_rank")):
            assert outcomes[name][column].tolist() == served[who].judge(windows).routed_ranks.tolist()
        assert outcomes[name]["base_rank"].tolist() == served["grown"].judge(windows).base_ranks.tolist()
    windows = concatenate(list(slices.values()))
    known = windows.known_up_to(N_OLD)
    differ = (known.histories != windows.histories).any(axis=1)
    assert 0 < differ.sum() < len(windows)
    assert sum(n_encoded[:4]) == len(windows) + differ.sum()


def test_what_arrived_is_kept_as_the_champion_met_it(run, served, tmp_path):
    windows = some_windows(30, seed=5)
    metrics, _ = run("nightly", "champion", incoming=windows)
    table, met = pd.read_parquet(tmp_path / "outcomes" / "forward.parquet"), served["champion"].judge(windows)
    assert table["user_id"].tolist() == windows.user_ids.tolist()
    assert table["champion_rank"].tolist() == met.routed_ranks.tolist()
    assert table["base_rank"].tolist() == met.base_ranks.tolist()
    assert table["region"].tolist() == np.array([*served["champion"].regions.ids, ""])[met.region].tolist()
    assert metrics["forward"]["routed"]["recall_at_5"] == recall(table["champion_rank"])


def test_metrics_follow_from_the_outcomes(run):
    metrics, outcomes = run("nightly", "champion")
    for name, table in outcomes.items():
        assert metrics[name]["windows"] == len(table)
        assert metrics[name]["routed"]["recall_at_5"] == recall(table["candidate_rank"])
        assert metrics[name]["base"]["recall_at_5"] == recall(table["base_rank"])
        before = metrics["champion"][name]
        assert before["routed"]["recall_at_5"] == recall(table["champion_rank"])
        for region, rows in table[table["region"] != ""].groupby("region"):
            assert before["regions"][region]["windows"] == len(rows)
        assert before["fallback_share"] == np.mean(table["region"] == "") > 0


def test_the_three_say_different_things(run):
    """Without this the tests above could pass on columns that were mixed up."""
    _, outcomes = run("nightly", "champion")
    ranks = [outcomes["setup_heldout"][f"{who}_rank"].tolist() for who in ("champion", "candidate", "base")]
    assert ranks[0] != ranks[1] != ranks[2]


def test_what_the_champion_does_not_know_it_misses(run, slices):
    _, outcomes = run("nightly", "champion")
    for name, windows in slices.items():
        new = windows.next_items > N_OLD
        assert new.any()
        assert (outcomes[name]["champion_rank"][new] == MISS).all()
        assert (outcomes[name]["candidate_rank"] < MISS).all()


def test_ambiguous_is_a_posterior_margin_that_is_too_small(run, served):
    windows = some_windows(30, seed=5)
    metrics, _ = run("nightly", "champion", incoming=windows)
    margins = served["champion"].judge(windows).margin
    assert metrics["forward"]["ambiguous_share"] == np.mean(margins < 0.3)
    assert 0 < metrics["forward"]["ambiguous_share"] < 1


def test_a_window_that_cannot_be_read_is_not_ambiguous(served):
    windows = some_windows(4, seed=6)
    windows.histories[1] = np.where(windows.histories[1], N_ITEMS, 0)
    judged = served["champion"].judge(windows)
    assert np.isnan(judged.margin).tolist() == [False, True, False, False]
    assert (judged.region[1], judged.routed_ranks[1], judged.base_ranks[1]) == (-1, MISS, MISS)


def test_only_a_night_judges_the_champion_on_what_arrived(run):
    assert set(run("nightly", "champion")[0]) == {"setup_heldout", "newest_heldout", "champion", "forward"}
    assert set(run("retrain", "champion")[0]) == {"setup_heldout", "newest_heldout", "champion"}
    assert set(run("construct", "none")[0]) == {"setup_heldout", "newest_heldout"}


def test_without_a_champion_the_regions_are_the_candidates(run, served, slices):
    _, outcomes = run("construct", "none")
    ids = np.array([*served["candidate"].regions.ids, ""])
    for name, windows in slices.items():
        assert "champion_rank" not in outcomes[name]
        assert outcomes[name]["region"].tolist() == ids[served["candidate"].judge(windows).region].tolist()
        assert outcomes[name]["candidate_region"].tolist() == outcomes[name]["region"].tolist()


def test_a_candidate_that_is_the_champion_is_no_different(run):
    _, outcomes = run("nightly", "champion", candidate="champion")
    for table in outcomes.values():
        assert table["candidate_rank"].tolist() == table["champion_rank"].tolist()


def test_no_windows_are_no_fault(run, tmp_path):
    none = some_windows(0, seed=0)
    empty = {"setup_heldout": none, "newest_heldout": none}
    metrics, outcomes = run("nightly", "champion", incoming=none, slices=empty)
    assert metrics["forward"] == metrics["newest_heldout"] == {"windows": 0}
    assert all(len(table) == 0 for table in outcomes.values())
    with chdir(tmp_path):
        promote(
            outcomes=tmp_path / "outcomes",
            night=tmp_path / "night.json",
            promotion=tmp_path / "promotion.json",
        )
    verdict = json.loads((tmp_path / "promotion.json").read_text())
    assert verdict["promoted"] and not verdict["first"]
    assert [check["reason"] for check in verdict["checks"]] == ["no windows", "no windows"]


def test_the_same_inputs_give_the_same_bytes(run, tmp_path):
    files = [
        tmp_path / "metrics.json",
        *(tmp_path / "outcomes" / f"{n}.parquet" for n in ("newest", "retention")),
    ]
    run("nightly", "champion")
    first = [file.read_bytes() for file in files]
    run("nightly", "champion")
    assert [file.read_bytes() for file in files] == first
