"""All regions: a line each, whatever became of them, as of any snapshot."""

import json

import pytest

from raie.archive.archive import open_archive
from raie.exceptions import MissingError, UsageError
from raie.lives.asof import resolved, snapshots_until
from raie.lives.entries import entry_rows
from raie.lives.itemtable import Items
from raie.lives.overview import region_rows
from raie.lives.remembered import describe_at_hand, describe_regions
from raie.lives.tables import overview_table
from tests.toldstory import LAST, clear_cache

NIGHT = "2024-03-02"


def by_region(archive, as_of, **more):
    return {row["region"]: row for row in region_rows(archive, as_of=as_of, **more)}


def test_every_region_there_ever_was_has_its_line(archive, story):
    rows = by_region(archive, LAST)
    assert {name: row["state"] for name, row in rows.items()} == {
        "r0001": "live",
        "r0002": "live",
        "r0003": "retired",
        "r0004": "merged into r0001",
    }
    assert (rows["r0004"]["born"], rows["r0004"]["ended"], rows["r0004"]["from"]) == (NIGHT, LAST, ["r0002"])
    update, expand, _ = story[NIGHT]
    assert (rows["r0001"]["updates"], rows["r0002"]["expands"]) == (update.n_sequences, expand.n_sequences)
    json.dumps(list(rows.values()))


def test_training_and_recall_are_summed_up_until_then(archive):
    rows = by_region(archive, LAST)
    assert (rows["r0001"]["trained"], rows["r0002"]["trained"], rows["r0003"]["trained"]) == (21, 0, 0)
    assert (rows["r0001"]["recall_first"], rows["r0001"]["recall_now"]) == (0.5, 0.3)
    assert rows["r0002"]["recall_first"] is None
    earlier = by_region(archive, NIGHT)["r0001"]
    assert (earlier["trained"], earlier["recall_now"], earlier["state"]) == (14, 0.4, "live")
    assert by_region(archive, NIGHT)["r0004"]["state"] == "live"
    assert "r0004" not in by_region(archive, "2024-03-01")


def test_the_living_are_described_from_the_snapshots_memory(told, archive):
    items = Items(titles={"i2": "Two"}, genres={"i1": ("War",), "i2": ("War",), "i3": ("Love",)})
    described = describe_at_hand(told, LAST, items)
    assert described == describe_regions(told, LAST, items)
    rows = by_region(archive, LAST, described=described)
    assert rows["r0001"]["description"].startswith("War: ")
    assert rows["r0002"]["description"].startswith("Love: ")
    assert rows["r0004"]["description"] is None


def test_what_is_not_in_the_cache_is_not_described(told):
    clear_cache(told)
    assert describe_at_hand(told, LAST, Items()) is None
    with pytest.raises(MissingError, match=f"snapshot {LAST}: data/regions/memory/histories.npy is not in"):
        describe_regions(told, LAST, Items())


def test_a_table_of_one_generation_does_not_repeat_it(archive):
    rows = region_rows(archive, as_of=LAST)
    table = overview_table(rows)
    assert not {"generation", "ended"} & set(table[0])
    assert [row["path"] for row in table] == [row["moved"] for row in rows] and "moved" not in table[0]
    assert table[0]["recall"] == "0.500 -> 0.300"
    assert [row["recall"] for row in table[1:]] == [None] * 3
    assert "generation" in overview_table([rows[0], {**rows[1], "generation": 2}])[0]


def test_one_row_per_ledger_entry(archive, ledgers):
    rows = entry_rows(archive)
    entries = [entry for each in ledgers.values() for entry in each]
    assert [row["hash"] for row in rows] == [entry["hash"][:12] for entry in entries]
    assert rows[5]["operation"] == "add"
    assert (rows[5]["parents"], rows[5]["bic_gain"], rows[5]["angle_moved"]) == ("r0002", 12.5, None)
    json.dumps(rows)
    assert [row["operation"] for row in entry_rows(archive, region="r0003")] == ["construct", "retire"]
    assert len(entry_rows(archive, as_of=NIGHT)) == 6


def test_a_history_is_told_as_of_a_snapshot_that_exists(told, archive):
    assert resolved(told, None) == LAST
    assert resolved(told, "snapshot/2024-03-02") == NIGHT
    assert snapshots_until(archive, NIGHT)["snapshot"].tolist() == ["2024-03-01", NIGHT]
    with pytest.raises(MissingError, match="no snapshot 2024-03-03: the newest are"):
        resolved(told, "2024-03-03")
    with pytest.raises(UsageError, match="was refused and is no part of any region's life"):
        resolved(told, "candidate/2024-03-02")


def test_without_a_snapshot_the_next_command_is_named(repository):
    with pytest.raises(MissingError, match="there is no snapshot yet: run raie construct"):
        resolved(repository, None)
    assert entry_rows(open_archive(repository)) == []
