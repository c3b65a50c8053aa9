"""A retrain between nights: a new generation whose regions, ledger and history go on from the old one."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from raie.encodings.memory import Memory
from raie.regions.regionset import RegionSet
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.geometry import load_regions
from raie.snapshots.history import edits_of, ledger_entries, manifest_of, metrics_of
from raie.snapshots.ledger import replay
from raie.snapshots.opened import open_output
from raie.snapshots.tags import list_snapshots
from tests.end_to_end.commands import git, run_raie
from tests.end_to_end.test_nights import dvc
from tests.end_to_end.test_refused_deliveries import set_params

pytestmark = pytest.mark.end_to_end

BEFORE, RETRAIN, AFTER = "2024-03-03", "2024-03-04", "2024-03-05"
ANY_LOSS = {"max_recall_loss": 1.0, "max_retention_loss": 1.0, "max_region_loss": 1.0}
"""Three epochs say little; whether a candidate is better is not asked here."""


@pytest.fixture(scope="module")
def operator(repository, tmp_path_factory):
    """The last delivery in two halves: the retrain gets the one, the night after it the other, late."""
    folder = tmp_path_factory.mktemp("retrain") / "project"
    shutil.copytree(repository, folder, symlinks=True)
    set_params(folder, promotion=ANY_LOSS)
    file = folder / "data/inbox" / f"{RETRAIN}.parquet"
    rows = pd.read_parquet(file)
    rows.iloc[::2].to_parquet(file, index=False)
    rows.iloc[1::2].to_parquet(file.with_stem(AFTER), index=False)
    for command, date in (("retrain", RETRAIN), ("nightly", AFTER)):
        done = run_raie(folder, command, "--date", date)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def regions_of(operator, snapshot):
    return load_regions(open_output(operator, snapshot, "regions"))


def test_the_generation_counts_on_and_the_chain_of_tags_too(operator):
    snapshots = list_snapshots(operator)
    assert snapshots[-3:] == [BEFORE, RETRAIN, AFTER]
    nights = [manifest_of(operator, name)["night"] for name in snapshots[-3:]]
    assert [night["kind"] for night in nights] == ["nightly", "retrain", "nightly"]
    assert [night["generation"] for night in nights] == [1, 2, 2]
    assert [night["previous"] for night in nights[1:]] == [BEFORE, RETRAIN]
    for before, after in zip(snapshots, snapshots[1:], strict=False):
        parents = git(operator, "rev-list", "--parents", "-1", f"snapshot/{after}").split()[1:]
        assert parents[1] == git(operator, "rev-parse", f"snapshot/{before}^{{}}")


def test_replaying_the_ledger_gives_every_stored_region_set(operator):
    for snapshot in list_snapshots(operator):
        stored = regions_of(operator, snapshot)
        entries = list(ledger_entries(operator, as_of=snapshot))
        rebuilt = replay(entries, RegionSet.empty(stored.dim))
        assert rebuilt.to_document() == stored.to_document()
        for name, array in stored.to_arrays().items():
            assert np.array_equal(rebuilt.to_arrays()[name], array), name
    assert {entry["generation"] for entry in entries if entry["snapshot"] >= RETRAIN} == {2}
    assert {entry["generation"] for entry in entries if entry["snapshot"] < RETRAIN} == {1}


def test_every_old_region_is_renewed_or_ends_and_no_id_comes_back(operator):
    before, after = regions_of(operator, BEFORE), regions_of(operator, RETRAIN)
    made = {
        name: [edit.region for edit in edits_of(operator, RETRAIN) if edit.operation == name]
        for name in ("renew", "end", "construct")
    }
    assert sum(len(ids) for ids in made.values()) == len(edits_of(operator, RETRAIN))
    assert sorted(made["renew"] + made["end"]) == sorted(before.ids)
    assert sorted(made["renew"] + made["construct"]) == sorted(after.ids)
    assert len(made["renew"]) >= 2, "the population's tastes are still there"
    fresh = [int(name.lstrip("r")) for name in made["construct"]]
    assert all(serial >= before.next_serial for serial in fresh)
    births = dict(zip(before.ids, before.born, strict=True))
    for name, born in zip(after.ids, after.born, strict=True):
        assert born == (births[name] if name in made["renew"] else RETRAIN)


def test_a_kept_id_is_mostly_the_same_users(operator):
    """The memories before and after, which are samples of two generations: those in both mostly agree."""
    memories = [Memory.load(open_output(operator, name, "regions") / "memory") for name in (BEFORE, RETRAIN)]
    keys = [
        pd.Series(
            memory.region_ids.astype(object),
            index=pd.MultiIndex.from_arrays(
                [memory.windows.user_ids.astype(object), memory.windows.label_times]
            ),
        )
        for memory in memories
    ]
    both = keys[0][~keys[0].index.duplicated()].to_frame("old")
    both["new"] = keys[1][~keys[1].index.duplicated()]
    both = both.dropna()
    renewed = set(both["old"]) & {e.region for e in edits_of(operator, RETRAIN) if e.operation == "renew"}
    for name in renewed:
        mine = both[both["old"] == name]
        assert len(mine) > 10 and mine["new"].mode()[0] == name


def test_the_backbone_is_a_new_one_and_frozen_again(operator):
    digests = [manifest_of(operator, name)["artefacts"]["backbone"] for name in (BEFORE, RETRAIN, AFTER)]
    old, new, kept = (folder["model.safetensors"] for folder in digests)
    assert old != new == kept
    vocabularies = [
        Vocabulary.load(open_output(operator, name, "histories") / "vocabulary.json").items
        for name in (BEFORE, RETRAIN, AFTER)
    ]
    for shorter, longer in zip(vocabularies, vocabularies[1:], strict=False):
        assert longer[: len(shorter)] == shorter


def test_adapters_are_fresh_and_touched_ones_train_on_the_next_night(operator):
    retrained, following = (manifest_of(operator, name)["training"] for name in (RETRAIN, AFTER))
    assert not any(record["trained"] for record in retrained.values())
    assert any(record["trained"] for record in following.values())
    assert set(retrained) == set(regions_of(operator, RETRAIN).ids)


def test_the_history_of_a_region_reads_on(operator):
    renewed = [edit.region for edit in edits_of(operator, RETRAIN) if edit.operation == "renew"]
    updated = [edit.region for edit in edits_of(operator, AFTER) if edit.operation == "update"]
    region = next(name for name in renewed if name in updated)
    done = run_raie(operator, "history", "--region", region, "--json")
    assert done.returncode == 0, done.stderr
    life = json.loads(done.stdout)
    assert (life["life"]["state"], life["life"]["generation"], life["notices"]) == ("live", 2, [])
    told = [(row["operation"], row["generation"]) for row in life["edits"] if row["region"] == region]
    operations = [operation for operation, _ in told]
    assert operations[0] in ("construct", "add") and told[0][1] == 1
    assert ("renew", 2) in told and operations[operations.index("renew") + 1] == "update"


def test_no_accepted_event_is_lost_or_counted_twice(operator):
    raw = [
        sum(len(pd.read_parquet(file)) for file in open_output(operator, name, "raw").glob("*.parquet"))
        for name in (BEFORE, RETRAIN, AFTER)
    ]
    assert raw[0] < raw[1] < raw[2]
    accepted = pd.read_parquet(open_output(operator, RETRAIN, "accepted") / "interactions.parquet")
    assert len(accepted) == raw[1], "a retrain learns from everything"
    night = pd.read_parquet(open_output(operator, AFTER, "accepted") / "interactions.parquet")
    assert len(night) == raw[2] - raw[1]


def test_a_night_after_is_served_and_judged_as_any_other(operator):
    table = pd.read_parquet(open_output(operator, AFTER, "recommendations") / "recommendations.parquet")
    assert set(table["region"]) <= set(regions_of(operator, AFTER).ids)
    assert metrics_of(operator, AFTER)["forward"]["windows"] > 0


def test_a_retrain_is_reproduced_bit_for_bit(operator, tmp_path):
    """Also without the checkpoint that the run left behind."""
    then = tmp_path / "then"
    git(operator, "worktree", "add", "--quiet", "--detach", str(then), f"snapshot/{RETRAIN}")
    dvc(then, "cache", "dir", "--local", str(operator / ".dvc" / "cache"))
    dvc(then, "checkout", "--quiet")
    for name in ("pretrain", "encode", "edit"):
        assert "Running stage" in dvc(then, "repro", "--force", "--single-item", name)
    assert git(then, "status", "--porcelain") == ""
