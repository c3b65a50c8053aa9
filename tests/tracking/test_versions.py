"""The registry: one version per snapshot, the alias last, and whatever was interrupted is completed."""

import shutil

import mlflow
import pytest

from raie.backbones.files import backbone_digest
from raie.exceptions import MissingError, RefusedError, UsageError
from raie.snapshots.digests import folder_digests
from raie.snapshots.git import git
from raie.snapshots.pruned import note_pruned
from raie.tracking.store import open_store
from raie.tracking.track import TrackedRun, track, untracked
from tests.tracking.conftest import CANDIDATE, FIRST, SECOND, TAGS, artifacts_of, children_of, runs_of


class Killed(BaseException):
    """What a signal does to a process, as far as Python can show it."""


def kill_at(monkeypatch, method, *, call=1):
    """Die in the n-th call of a method of MLflow's client."""
    real, calls = getattr(mlflow.MlflowClient, method), iter(range(1, 1000))

    def dying(*arguments, **named):
        if next(calls) == call:
            raise Killed
        return real(*arguments, **named)

    monkeypatch.setattr(mlflow.MlflowClient, method, dying)


def versions_of(store):
    """Version by tag of the snapshot."""
    found = store.client.search_model_versions(f"name = '{store.model}'")
    return {version.tags["tag"]: version for version in found}


def champion(store):
    return store.client.get_model_version_by_alias(store.model, "champion").tags["tag"]


def state(repository):
    """All that the store says, without the ids that MLflow draws and its clock."""
    store = open_store(repository)
    runs = runs_of(store)
    by_id = {run.info.run_id: tag for tag, run in runs.items()}
    return {
        "runs": {tag: everything(store, run) for tag, run in runs.items()},
        "regions": {
            (tag, region): everything(store, child)
            for tag, run in runs.items()
            for region, child in children_of(store, run).items()
        },
        "artifacts": {tag: names(artifacts_of(run)) for tag, run in runs.items()},
        "versions": {tag: (by_id[each.run_id], each.tags) for tag, each in versions_of(store).items()},
        "champion": champion(store),
        "total": len(store.client.search_runs([store.experiment])),
    }


def everything(store, run):
    tags = {name: value for name, value in run.data.tags.items() if name != "mlflow.parentRunId"}
    history = {
        name: [(p.value, p.step, p.timestamp) for p in store.client.get_metric_history(run.info.run_id, name)]
        for name in run.data.metrics
    }
    info = run.info
    return info.run_name, info.status, info.start_time, info.end_time, tags, run.data.params, history


def names(folder):
    """Files below a folder; MLflow adds one to a registered model when somebody loads it."""
    return sorted(name for name in folder_digests(folder) if name != "model/registered_model_meta")


def test_a_snapshot_is_one_version_and_a_candidate_none(store):
    assert sorted(versions_of(store)) == [FIRST, SECOND]


def test_a_version_names_what_it_was_made_from(tracked, store):
    for tag, version in versions_of(store).items():
        run = runs_of(store)[tag]
        assert version.run_id == run.info.run_id
        assert version.tags == {
            "snapshot": tag.removeprefix("snapshot/"),
            "tag": tag,
            "commit": git(tracked, "rev-parse", f"{tag}^{{commit}}"),
            "root_hash": run.data.tags["root_hash"],
            "date": tag.removeprefix("snapshot/"),
            "generation": "1",
            "backbone": backbone_digest(tracked / "data" / "backbone"),
        }


def test_the_champion_is_the_newest_snapshot_not_the_newest_candidate(store):
    assert champion(store) == SECOND


def test_the_answer_names_the_run_and_the_version(repository):
    first = track(repository, FIRST)
    assert first == TrackedRun(runs_of(open_store(repository))[FIRST].info.run_id, "1")
    assert track(repository, CANDIDATE).version is None
    assert track(repository, "2024-03-02").version == "2"  # an id does as well


def test_recording_again_changes_nothing(tracked):
    before = state(tracked)
    answers = [track(tracked, tag) for tag in TAGS]
    assert [track(tracked, tag) for tag in TAGS] == answers
    assert state(tracked) == before


@pytest.mark.parametrize("order", [TAGS, TAGS[::-1], [SECOND, CANDIDATE, FIRST]])
def test_a_lost_store_is_rebuilt_by_recording_every_tag_in_any_order(
    original, repository, monkeypatch, order
):
    for tag in TAGS:
        track(repository, tag)
    before = state(repository)
    shutil.rmtree(repository / "mlruns")
    # under another name, because MLflow keeps the lost one open as long as this process lives
    shutil.copyfile(original / "mlflow.db", repository / "rebuilt.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///rebuilt.db")
    assert untracked(repository) == TAGS
    for tag in order:
        track(repository, tag)
    assert state(repository) == before
    assert untracked(repository) == []


# the night makes runs of the parent and two regions, and uploads its documents, then its model
INTERRUPTIONS = [
    ("create_run", 1),
    ("create_run", 2),
    ("log_batch", 3),
    ("log_artifacts", 1),
    ("log_artifacts", 2),
    ("set_terminated", 3),
    ("create_registered_model", 1),
    ("create_model_version", 1),
    ("set_registered_model_alias", 1),
]


@pytest.mark.parametrize(("method", "call"), INTERRUPTIONS)
def test_a_killed_call_leaves_the_champion_and_the_next_one_completes_it(
    tracked, repository, monkeypatch, method, call
):
    seconds, plots = {"ingest": 1.5, "edit": 2.0}, [tracked.parent / "regions.png"]
    if method != "create_registered_model":
        track(repository, FIRST, seconds=seconds, plots=plots)
        open_store(repository).client.set_registered_model_alias("raie", "champion", "1")
    with monkeypatch.context() as patch:
        kill_at(patch, method, call=call)
        with pytest.raises(Killed):
            track(repository, SECOND, seconds=seconds, plots=plots)
    assert SECOND in untracked(repository)
    if method != "create_registered_model":
        assert champion(open_store(repository)) == FIRST
    for tag in TAGS:
        track(repository, tag, seconds=seconds, plots=plots)
    assert untracked(repository) == []
    assert state(repository) == state(tracked)


def test_what_was_freed_on_purpose_is_not_missed(repository):
    (repository / ".raie").mkdir(exist_ok=True)
    assert FIRST in untracked(repository)
    note_pruned(repository, [FIRST], remote=False)
    assert untracked(repository) == [tag for tag in TAGS if tag != FIRST]


def test_an_older_snapshot_never_takes_the_alias(repository):
    track(repository, SECOND)
    track(repository, FIRST)
    assert champion(open_store(repository)) == SECOND


def test_after_a_rollback_the_alias_goes_back(repository):
    for tag in TAGS:
        track(repository, tag)
    git(repository, "tag", "--delete", SECOND)
    assert untracked(repository) == [FIRST]
    track(repository, FIRST)
    assert champion(open_store(repository)) == FIRST
    assert untracked(repository) == []


def test_a_tag_set_again_on_another_commit_is_another_run(repository):
    track(repository, SECOND)
    first = runs_of(open_store(repository))[SECOND].info.run_id
    git(repository, "tag", "--force", "--annotate", SECOND, f"{FIRST}^{{commit}}", "-m", "elsewhere")
    assert SECOND in untracked(repository)
    assert track(repository, SECOND).run_id != first


def test_nothing_is_recorded_of_what_is_not_there(repository):
    with pytest.raises(MissingError, match="no snapshot or candidate"):
        track(repository, "snapshot/2024-03-09")
    with pytest.raises(UsageError, match="is not a date"):
        track(repository, "HEAD")
    with pytest.raises(MissingError, match="no plot at"):
        track(repository, FIRST, plots=[repository / "missing.png"])
    assert untracked(repository) == TAGS


def test_an_output_that_is_gone_is_named_with_the_remedy(repository):
    shutil.rmtree(repository / ".dvc" / "cache")
    with pytest.raises(
        MissingError, match=r"snapshot/2024-03-01: data/\S+ is not in the cache: set the remote that has it"
    ):
        track(repository, FIRST)
    assert versions_of(open_store(repository)) == {}


def test_an_output_that_was_changed_is_never_registered(repository):
    weights = (repository / "data" / "backbone" / "model.safetensors").read_bytes()
    cached = [file for file in (repository / ".dvc" / "cache").rglob("*") if file.is_file()]
    (copy,) = [file for file in cached if file.read_bytes() == weights]
    copy.chmod(0o644)
    copy.write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    with pytest.raises(RefusedError, match=r"data/backbone/model.safetensors is not as its manifest says"):
        track(repository, FIRST)
    assert versions_of(open_store(repository)) == {}
