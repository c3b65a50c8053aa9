"""Rollbacks and erasures through encode, edit and adapt, on real backbones and files."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from raie.adapters.files import OWNED
from raie.datastore.datastore import Datastore
from raie.datastore.files import ODDS
from raie.encodings.memory import Memory
from raie.interactions.erased import user_digest
from raie.regions.regionset import RegionSet
from raie.sequences.windows import Windows
from raie.snapshots.digests import folder_digests
from raie.snapshots.ledger import replay
from raie.snapshots.lock import CHECKPOINTS
from raie.snapshots.night import Night
from tests.stages.test_generation_stages import ROOT, SMALL, Runs

FIRST, SECOND, THIRD = "2024-03-01", "2024-03-02", "2024-03-03"
WHOLE, REGION, DROP, AGAIN = (f"{THIRD}-{number}" for number in (2, 3, 4, 5))
NOBODY = []


def night(name, previous, kind, **decided):
    return Night(name, name[:10], previous, kind=kind, **decided)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Genesis, two nights of which the first adds a region, then every kind of decision."""
    folder = tmp_path_factory.mktemp("decided")
    (folder / "nothing").mkdir()
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for section, values in SMALL.items():
        params[section].update(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv(CHECKPOINTS, str(folder / "checkpoints"))
        (folder / "params.yaml").write_text(yaml.safe_dump(params))
        made, tastes = Runs(folder), np.repeat([0, 1, 2], 50)
        made.make(night(FIRST, None, "construct"), tastes, n_tastes=4, seed=1)
        made.make(night(SECOND, FIRST, "nightly"), np.repeat([0, 1, 2, 3], 30), n_tastes=4, seed=2)
        made.make(night(THIRD, SECOND, "nightly"), np.repeat([0, 1], 20), n_tastes=4, seed=3)
        made.make(night(WHOLE, THIRD, "restore", restored=FIRST), NOBODY, n_tastes=4, seed=4)
        back = night(REGION, WHOLE, "restore", restored=THIRD, restored_region="r0001")
        made.make(back, NOBODY, n_tastes=4, seed=5)
        erasure = [user_digest(user) for user in made.memory(THIRD).windows.user_ids[:3].tolist()]
        made.make(night(DROP, THIRD, "erase", erasure=erasure), NOBODY, n_tastes=4, seed=6)
        again = night(AGAIN, THIRD, "erase", restored=FIRST, erasure=erasure)
        made.make(again, np.repeat([0, 1], 20), n_tastes=4, seed=3)
    return made


def files(runs, snapshot, region):
    folder = runs.folder / snapshot / "adapters" / region
    return {name: (folder / name).read_bytes() for name in OWNED if (folder / name).is_file()}


def entries(runs, snapshot, region):
    """Digests of what a region saw."""
    folder = runs.folder / snapshot / "regions" / "datastore" / region
    return folder_digests(folder) if folder.is_dir() else None


def training(runs, snapshot):
    return json.loads((runs.folder / snapshot / "training.json").read_text())


def same_memory(one, other):
    return (
        np.array_equal(one.encodings, other.encodings)
        and one.region_ids.tolist() == other.region_ids.tolist()
    )


def datastore(runs, snapshot):
    folder = runs.folder / snapshot / "regions" / "datastore"
    return Datastore.load(folder, runs.regions(snapshot).ids)


def pool(runs, snapshot):
    return Memory.load(runs.folder / snapshot / "regions" / "pool")


def test_the_nights_changed_what_the_rollback_brings_back(runs):
    assert files(runs, FIRST, "r0001") != files(runs, THIRD, "r0001")
    assert not np.array_equal(runs.regions(FIRST).centers_[0], runs.regions(THIRD).centers_[0])
    assert not same_memory(runs.memory(FIRST), runs.memory(THIRD))
    assert entries(runs, FIRST, "r0001") != entries(runs, THIRD, "r0001")
    assert ODDS in files(runs, THIRD, "r0001") and ODDS not in files(runs, FIRST, "r0001")


def test_a_whole_rollback_is_the_earlier_regions_memory_pool_and_adapters(runs):
    then, after = runs.regions(FIRST), runs.regions(WHOLE)
    assert after.ids == then.ids and after.next_serial == runs.regions(THIRD).next_serial
    for name, array in then.to_arrays().items():
        assert np.array_equal(array, after.to_arrays()[name]), name
    for part in ("memory", "pool", "datastore"):
        digests = (folder_digests(runs.folder / name / "regions" / part) for name in (FIRST, WHOLE))
        assert next(digests) == next(digests)
    for region in then.ids:
        assert files(runs, WHOLE, region) == files(runs, FIRST, region)
    assert {entry["restored_from"] for entry in training(runs, WHOLE).values()} == {FIRST}


def test_one_regions_rollback_leaves_all_others_as_they_were(runs):
    before, then, after = (runs.regions(name) for name in (WHOLE, THIRD, REGION))
    assert after.ids == before.ids
    for region in after.ids:
        origin, snapshot = (then, THIRD) if region == "r0001" else (before, WHOLE)
        row, was = after.index(region), origin.index(region)
        for name in ("centers_", "radii_", "counts_"):
            assert after.to_arrays()[name][row].tobytes() == origin.to_arrays()[name][was].tobytes()
        assert files(runs, REGION, region) == files(runs, snapshot, region)
        assert entries(runs, REGION, region) == entries(runs, snapshot, region)
        kept, held = (runs.memory(name).of(region) for name in (REGION, snapshot))
        assert sorted(kept.windows.user_ids.tolist()) == sorted(held.windows.user_ids.tolist())
        assert ("restored_from" in training(runs, REGION)[region]) == (region == "r0001")
    assert same_memory(pool(runs, REGION), pool(runs, WHOLE))


def test_dropping_users_only_takes_their_windows(runs):
    assert runs.regions(DROP).to_document() == runs.regions(THIRD).to_document()
    for name, array in runs.regions(THIRD).to_arrays().items():
        assert np.array_equal(array, runs.regions(DROP).to_arrays()[name])
    gone = set(runs.memory(THIRD).windows.user_ids[:3].tolist())
    before, after = (runs.memory(name).windows.user_ids.tolist() for name in (THIRD, DROP))
    assert after == [user for user in before if user not in gone] != before
    assert runs.edits(DROP) == []
    kept, left = (datastore(runs, name) for name in (THIRD, DROP))
    for region in runs.regions(DROP).ids:
        held = kept.entries[region].user_ids
        assert left.entries[region].user_ids.tolist() == [user for user in held.tolist() if user not in gone]
    assert any(gone & set(each.user_ids.tolist()) for each in kept.entries.values())
    for region in runs.regions(DROP).ids:
        assert files(runs, DROP, region) == files(runs, THIRD, region)


def test_starting_over_is_a_night_upon_the_earlier_snapshot(runs):
    """But for the seed, which is the run's own, it is as if genesis had been followed by this night alone."""
    edits = runs.edits(AGAIN)
    n_back = len(runs.regions(FIRST).ids) + len(set(runs.regions(THIRD).ids) - set(runs.regions(FIRST).ids))
    assert {edit["operation"] for edit in edits[:n_back]} <= {"rollback", "retire"}
    assert {edit["operation"] for edit in edits[n_back:]} & {"update", "expand"}
    first, after = runs.regions(FIRST), runs.regions(AGAIN)
    untouched = set(first.ids) - {edit["region"] for edit in edits[n_back:]}
    for region in untouched & set(after.ids):
        assert np.array_equal(after.centers_[after.index(region)], first.centers_[first.index(region)])
        assert files(runs, AGAIN, region) == files(runs, FIRST, region)
    trained = {name for name, entry in training(runs, AGAIN).items() if entry["trained"]}
    assert trained and all(files(runs, AGAIN, name) != files(runs, FIRST, name) for name in trained)
    new = set(after.ids) - set(first.ids)
    assert all(int(name[1:]) >= runs.regions(THIRD).next_serial for name in new)


def test_nothing_is_decided_about_nobody(runs):
    for snapshot in (WHOLE, REGION, DROP):
        folder = runs.folder / snapshot / "decisions"
        assert len(pd.read_parquet(folder / "decisions.parquet")) == 0
        assert len(pd.read_parquet(folder / "assignments.parquet")) == 0
        assert len(Windows.load(folder / "incoming")) == 0
        columns = list(pd.read_parquet(folder / "decisions.parquet"))
        assert columns == list(pd.read_parquet(runs.folder / THIRD / "decisions" / "decisions.parquet"))


@pytest.mark.parametrize("line", [(WHOLE,), (WHOLE, REGION), (DROP,), (AGAIN,)])
def test_replaying_the_ledger_gives_every_stored_set(runs, line):
    entries = [entry for name in (FIRST, SECOND, THIRD, *line) for entry in runs.entries[name]]
    stored = runs.regions(line[-1])
    rebuilt = replay(entries, RegionSet.empty(stored.dim))
    assert rebuilt.to_document() == stored.to_document()
    for name, array in stored.to_arrays().items():
        assert np.array_equal(rebuilt.to_arrays()[name], array), name
