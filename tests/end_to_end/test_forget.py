"""Two users taken out: one whom only nights had seen, and one whom the backbone had learnt from."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from raie.erasure.account import account_of
from raie.gates.artefacts import GATES
from raie.interactions.days import read_days
from raie.interactions.erased import user_digest
from raie.regions.regionset import RegionSet
from raie.snapshots.geometry import load_regions
from raie.snapshots.history import edits_of, ledger_entries, manifest_of
from raie.snapshots.ledger import replay
from raie.snapshots.opened import open_output
from raie.snapshots.tags import list_snapshots
from tests.end_to_end.commands import git, run_raie

pytestmark = pytest.mark.end_to_end

NEWEST, FIRST, SECOND = "2024-03-03", "2024-03-03-2", "2024-03-03-3"
OUTPUTS = ("raw", "accepted", "quarantine", "histories", "windows", "encodings", "regions", "decisions")
OUTPUTS += ("outcomes", "recommendations")


@pytest.fixture(scope="module")
def operator(repository, tmp_path_factory):
    return shutil.copytree(repository, tmp_path_factory.mktemp("forget") / "project", symlinks=True)


def told(operator, user):
    done = run_raie(operator, "forget", "--user", user, "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def users(operator):
    """By way: a user who has to be taken out that way."""
    known = sorted(set(read_days(open_output(operator, NEWEST, "raw"))["user_id"]))
    found = {}
    # users are numbered as they come: the last ones came on nights
    for user in (*reversed(known[-12:]), known[0]):
        found.setdefault(account_of(operator, user).way, user)
    return found


@pytest.fixture(scope="module")
def forgotten(operator, users):
    for way, snapshot in (("since", FIRST), ("retrain", SECOND)):
        done = run_raie(operator, "forget", "--user", users[way])
        assert (done.returncode, done.stdout) == (0, f"snapshot/{snapshot}\n"), done.stderr
        assert users[way] not in done.stderr
    return operator


def names(file, user):
    """Whether a file holds a user's id, as text of any kind it is stored in."""
    if file.suffix == ".parquet":
        table = pd.read_parquet(file)
        return "user_id" in table and user in set(table["user_id"])
    return user.encode() in (content := file.read_bytes()) or user.encode("utf-32-le") in content


@pytest.mark.parametrize(
    ("way", "snapshot", "before"), [("since", FIRST, NEWEST), ("retrain", SECOND, FIRST)]
)
def test_no_output_names_them_any_more_and_everybody_elses_rows_stay(forgotten, users, way, snapshot, before):
    user = users[way]
    found = {}
    for held in (before, snapshot):
        files = [file for name in OUTPUTS for file in open_output(forgotten, held, name).rglob("*")]
        found[held] = [file for file in files if file.is_file() and names(file, user)]
    assert found[before] and found[snapshot] == []
    raw = [read_days(open_output(forgotten, held, "raw")) for held in (before, snapshot)]
    left = raw[0][raw[0]["user_id"] != user].reset_index(drop=True)
    pd.testing.assert_frame_equal(raw[1], left)
    tagged = git(forgotten, "ls-tree", "-r", "--name-only", f"snapshot/{snapshot}", "data").splitlines()
    texts = [git(forgotten, "show", f"snapshot/{snapshot}:{file}") for file in tagged]
    assert not any(user in text for text in texts)
    assert manifest_of(forgotten, snapshot)["night"]["erasure"] == [user_digest(user)]


def test_what_had_learnt_from_them_was_made_anew(forgotten, users):
    nights = [manifest_of(forgotten, name)["night"] for name in (FIRST, SECOND)]
    assert [(night["kind"], night["generation"]) for night in nights] == [("erase", 1), ("retrain", 2)]
    start = nights[0]["restored"]
    assert start is not None and users["since"] not in set(
        read_days(open_output(forgotten, start, "raw"))["user_id"]
    )
    operations = [edit.operation for edit in edits_of(forgotten, FIRST)]
    assert operations[0] == "rollback" and "update" in operations
    backbones = [manifest_of(forgotten, name)["artefacts"]["backbone"] for name in (start, FIRST, SECOND)]
    first, kept, new = (each["model.safetensors"] for each in backbones)
    assert first == kept != new
    for name in (FIRST, SECOND):
        gates = manifest_of(forgotten, name)["gates"]
        assert all(gates[gate]["passed"] for gate in GATES.values())
        assert gates["promotion"]["headline"].startswith("erased by decision")


def test_replaying_the_ledger_gives_every_stored_set(forgotten):
    for snapshot in list_snapshots(forgotten):
        stored = load_regions(open_output(forgotten, snapshot, "regions"))
        rebuilt = replay(ledger_entries(forgotten, as_of=snapshot), RegionSet.empty(stored.dim))
        assert rebuilt.to_document() == stored.to_document()
        for name, array in stored.to_arrays().items():
            assert np.array_equal(rebuilt.to_arrays()[name], array), name


def test_afterwards_only_earlier_snapshots_hold_them_and_there_is_no_way_back(forgotten, users):
    account = told(forgotten, users["retrain"])
    assert (account["way"], account["events"]) == ("nothing", 0)
    assert [trace["held"] > 0 for trace in account["traces"]] == [*(True,) * 5, False]
    again = run_raie(forgotten, "forget", "--user", users["retrain"])
    assert again.returncode == 2 and again.stderr.splitlines()[-1].startswith("raie: ")
    assert list_snapshots(forgotten)[-1] == SECOND


def test_an_unknown_user_is_one_line(operator):
    done = run_raie(operator, "forget", "--user", "nobody")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == "raie: no snapshot holds an event of user 'nobody': check the id\n"
