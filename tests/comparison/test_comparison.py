"""Two snapshots side by side: the sets say which regions differ, the ledger says why."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from raie.cli import App
from raie.comparison.comparison import compare
from raie.comparison.fates import Fate
from raie.comparison.listing import tables
from raie.exceptions import MissingError
from raie.regions.geometry import angle_between
from raie.snapshots.geometry import load_regions
from raie.snapshots.git import git
from tests.comparison.conftest import GENESIS, LAST, MIDDLE, add_to_documents
from tests.conftest import write_documents


def test_regions_come_and_go_as_the_ledger_tells(compared):
    born = Fate("r0004", "born", ("r0002",), MIDDLE)
    lost = [Fate("r0003", "retired", (), LAST), Fate("r0004", "merged", ("r0001",), LAST)]
    assert compare(compared, GENESIS, MIDDLE).fates == [born]
    assert compare(compared, MIDDLE, LAST).fates == lost
    # one that came and went in between is told as well
    assert compare(compared, GENESIS, LAST).fates == [born, *lost]


def test_back_in_time_the_sets_alone_speak(compared):
    assert compare(compared, MIDDLE, GENESIS).fates == [Fate("r0004", f"only in {MIDDLE}")]


def test_a_refused_candidate_is_told_by_its_own_ledger(compared, opened):
    opened("candidate").mkdir()
    opened(LAST).rename(opened("candidate/2024-03-04"))
    git(compared, "tag", "candidate/2024-03-04", f"snapshot/{LAST}^{{commit}}")
    git(compared, "tag", "--delete", f"snapshot/{LAST}")
    found = compare(compared, GENESIS, "candidate/2024-03-04").fates
    assert [(fate.region, fate.change) for fate in found] == [
        ("r0004", "born"),
        ("r0003", "retired"),
        ("r0004", "merged"),
    ]
    assert [fate.snapshot for fate in found] == [MIDDLE, *["candidate/2024-03-04"] * 2]


def test_geometry_is_that_of_the_stored_regions(compared, opened):
    old, new = (load_regions(opened(snapshot) / "regions") for snapshot in (GENESIS, MIDDLE))
    changes = compare(compared, GENESIS, MIDDLE).regions
    assert sorted(change.region for change in changes) == ["r0001", "r0002", "r0003"]
    for change in changes:
        row = old.index(change.region), new.index(change.region)
        assert change.moved == angle_between(old.centers_[row[0]], new.centers_[row[1]])
        assert (change.radius_before, change.radius_after) == (old.radii_[row[0]], new.radii_[row[1]])
        assert (change.weight_before, change.weight_after) == (old.counts_[row[0]], new.counts_[row[1]])
    moved = [change.moved for change in changes]
    assert moved == sorted(moved, reverse=True) and moved[0] > 0
    # nothing edited r0003
    assert changes[-1].region == "r0003" and moved[-1] == 0


def test_an_adapter_that_did_not_train_has_not_changed(compared):
    changes = {change.region: change for change in compare(compared, GENESIS, MIDDLE).regions}
    assert changes["r0002"].adapter_norm == changes["r0002"].adapter_relative == 0
    assert changes["r0001"].adapter_norm > 0 and changes["r0001"].adapter_relative > 0


def test_a_snapshot_and_itself_do_not_differ(compared):
    same = compare(compared, MIDDLE, MIDDLE)
    assert not same.fates and all(change.moved == change.adapter_norm == 0 for change in same.regions)
    assert (same.flows["before"] == same.flows["after"]).all()
    assert all(row["difference"] == 0 for row in [*same.overall, *same.by_region])


def test_the_headline_says_it_in_one_line(compared):
    far = sum(change.moved > 0.1 for change in compare(compared, GENESIS, MIDDLE).regions)
    assert compare(compared, GENESIS, MIDDLE).headline() == (
        f"{far} of 3 regions moved more than 0.1 rad, 1 born (r0004 from r0002), "
        "33.3% of held-out windows rerouted, retention 0.500 -> 0.250"
    )


def test_spaces_of_two_generations_are_not_compared(compared, opened, ledgers):
    write_documents(compared, "2024-03-05", LAST, [], ledgers[LAST][-1]["hash"])
    add_to_documents(compared, LAST, generation=2)
    opened(LAST).rename(opened("2024-03-05"))
    git(compared, "add", "data")
    git(compared, "commit", "--quiet", "--no-gpg-sign", "--message", "retrained")
    git(compared, "tag", "--annotate", "--no-sign", "snapshot/2024-03-05", "--message", "retrained")
    comparison = compare(compared, MIDDLE, "2024-03-05")
    assert comparison.generations == (1, 2) and "generation 1 -> 2" in comparison.headline()
    assert all(change.moved is change.adapter_norm is None for change in comparison.regions)


def test_what_is_not_at_hand_is_named(compared, opened):
    (opened(MIDDLE) / "regions" / "regions.json").unlink()
    with pytest.raises(MissingError, match=r"regions\.json"):
        compare(compared, GENESIS, MIDDLE)
    with pytest.raises(MissingError, match="2024-03-09"):
        compare(compared, GENESIS, "2024-03-09")


def test_the_command_prints_the_headline_first_and_json_holds_all(compared, monkeypatch):
    monkeypatch.chdir(compared)
    comparison = compare(compared, GENESIS, LAST)
    shown = CliRunner().invoke(App, ["snapshot", "diff", GENESIS, LAST])
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith(f"{GENESIS} -> {LAST}: {comparison.headline()}\n")
    assert "merged into r0001" in shown.stdout
    told = CliRunner().invoke(App, ["snapshot", "diff", GENESIS, LAST, "--json"])
    document = json.loads(told.stdout)
    assert document == json.loads(json.dumps(comparison.document()))
    assert np.sum([row["windows"] for row in document["flows"]]) == 6


def test_many_regions_are_shortened_for_people(compared, monkeypatch):
    monkeypatch.setattr("raie.comparison.listing.MOST", 2)
    monkeypatch.setattr("raie.comparison.listing.MOST_COLUMNS", 1)
    by_title = dict(tables(compare(compared, GENESIS, LAST)))
    (title,) = [title for title in by_title if title.startswith("regions that")]
    assert title.endswith("2 of 3, all with --json") and len(by_title[title]) == 2
    (flows,) = [rows for title, rows in by_title.items() if title.startswith("held-out")]
    assert all(row["before"] != row["after"] for row in flows)
