"""Tracking with MLflow itself, on a database file: what a run holds, and where."""

import mlflow

from raie.snapshots.digests import file_digest, folder_digests, text_digest
from raie.snapshots.git import git, show
from raie.tracking.numbers import flatten
from tests.smallsnapshot import PARAMS
from tests.tracking.conftest import (
    CANDIDATE,
    FIRST,
    SECOND,
    TAGS,
    artifacts_of,
    children_of,
    runs_of,
)


def test_every_tag_is_one_finished_run(store):
    runs = runs_of(store)
    assert sorted(runs) == sorted(TAGS)
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert runs[FIRST].info.run_name == "construct 2024-03-01"
    assert mlflow.active_run() is None


def test_a_run_says_which_commit_it_is_of(tracked, store):
    for tag, run in runs_of(store).items():
        assert run.data.tags["commit"] == git(tracked, "rev-parse", f"{tag}^{{commit}}")
        assert f'"root_hash": "{run.data.tags["root_hash"]}"' in show(tracked, tag, "data/manifest.json")
        assert run.data.tags["date"] == run.data.tags["snapshot"] == tag.partition("/")[2]
        assert run.data.tags["generation"] == "1"


def test_a_candidate_is_recorded_as_refused_and_says_why(store):
    tags = {tag: run.data.tags for tag, run in runs_of(store).items()}
    assert [tags[tag]["promoted"] for tag in TAGS] == ["true", "true", "false"]
    assert tags[CANDIDATE]["promotion"] == "newest held-out: recall@10 fell by 0.25"
    assert [tags[tag]["gate.interactions"] for tag in TAGS] == ["passed", "passed", "passed"]


def test_the_run_lasted_as_long_as_its_stages_and_ended_with_the_commit(tracked, store):
    for tag, run in runs_of(store).items():
        committed = 1000 * int(git(tracked, "log", "-1", "--format=%ct", tag))
        assert (run.info.start_time, run.info.end_time) == (committed - 3500, committed)


def test_a_run_holds_every_parameter_of_the_manifest(store):
    expected = {name: str(value) for name, value in flatten(PARAMS.model_dump(mode="json")).items()}
    assert len(expected) > 100  # more than MLflow takes at once
    for run in runs_of(store).values():
        assert run.data.params == expected


def test_a_run_holds_every_number_of_the_documents_and_the_seconds(store):
    assert runs_of(store)[SECOND].data.metrics == {
        "setup_heldout.windows": 40,
        "setup_heldout.routed.recall_at_10": 0.25,
        "setup_heldout.regions.r0001.windows": 30,
        "setup_heldout.regions.r0001.recall_at_10": 0.5,
        "setup_heldout.regions.r0002.windows": 10,
        "champion.newest_heldout.regions.r0001.recall_at_10": 0.75,
        "forward.windows": 0,
        "gates.interactions.rows": 9,
        "gates.interactions.refused_share": 0.125,
        "gates.interactions.warnings": 1,
        "promotion.retention.windows": 2,
        "promotion.newest held-out.windows": 90,
        "promotion.newest held-out.champion": 0.5,
        "promotion.newest held-out.candidate": 0.25,
        "promotion.newest held-out.difference": -0.25,
        "promotion.newest held-out.low": -0.5,
        "promotion.newest held-out.high": -0.125,
        "promotion.newest held-out.max_loss": 0.01,
        "edits.update": 3,
        "edits.expand": 1,
        "regions.count": 3,
        "regions.touched": 2,
        "seconds.ingest": 1.5,
        "seconds.edit": 2.0,
    }


def test_each_touched_region_is_a_run_below_and_no_other(store):
    below = {tag: sorted(children_of(store, run)) for tag, run in runs_of(store).items()}
    assert below == {FIRST: [], SECOND: ["r0001", "r0003"], CANDIDATE: ["r0001", "r0003"]}


def test_a_regions_run_holds_its_counts_norm_edits_and_ranking(store):
    region = children_of(store, runs_of(store)[SECOND])["r0001"]
    assert (region.info.run_name, region.info.status) == ("r0001", "FINISHED")
    assert region.data.tags["edits"] == "update expand"
    assert region.data.metrics == {
        "windows": 40,
        "replayed": 12,
        "steps": 6,
        "norm.max": 0.5,
        "norm.mean": 0.25,
        "edited_sequences": 40,
        "setup_heldout.windows": 30,
        "setup_heldout.recall_at_10": 0.5,
        "champion.newest_heldout.recall_at_10": 0.75,
        "loss": 3.0,
    }


def test_the_loss_is_a_curve(store):
    below = children_of(store, runs_of(store)[SECOND])
    curves = {
        name: [
            (point.step, point.value) for point in store.client.get_metric_history(run.info.run_id, "loss")
        ]
        for name, run in below.items()
    }
    assert curves == {"r0001": [(1, 3.5), (2, 3.25), (3, 3.0)], "r0003": [(1, 2.5), (2, 2.0)]}


def test_documents_and_plots_lie_inside_the_repository_byte_for_byte(tracked, store):
    for tag, run in runs_of(store).items():
        folder = artifacts_of(run)
        assert folder.is_relative_to(tracked / "mlruns")
        stored = {name: digest for name, digest in folder_digests(folder).items() if "model/" not in name}
        committed = {
            name: text_digest(show(tracked, tag, path) + "\n")
            for name, path in {
                "manifest.json": "data/manifest.json",
                "ledger.jsonl": "data/ledger.jsonl",
                "gates.html": "data/gates.html",
                "gates/interactions.json": "data/gates/interactions.json",
                "gates/promotion.json": "data/gates/promotion.json",
                "dvc.lock": "dvc.lock",
                "params.yaml": "params.yaml",
            }.items()
        } | {
            name: text_digest(show(tracked, tag, f"data/{name}"))
            for name in ("metrics.json", "training.json")
        }
        assert stored == committed | {"plots/regions.png": file_digest(tracked.parent / "regions.png")}
