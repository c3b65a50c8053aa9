"""The ledger across a retrain: it replays to every stored set, reads on by id, and shows any tampering."""

import copy
import json

import numpy as np
import pytest

from raie.archive.archive import open_archive
from raie.edits.edit import Edit
from raie.edits.fold import fold
from raie.exceptions import RefusedError, UsageError
from raie.lives.entries import entry_rows
from raie.lives.life import COLUMNS, lives
from raie.regions.regionset import RegionSet
from raie.snapshots.history import ledger_entries, region_history
from raie.snapshots.ledger import chain, head_of, parse_entries, replay, verify_chain, write_entries
from raie.snapshots.night import GENESIS_HASH
from raie.snapshots.tags import tag_snapshot

GENESIS, NIGHT, RETRAIN, AFTER = "2024-03-01", "2024-03-02", "2024-03-05", "2024-03-06"
DIM = {GENESIS: 5, NIGHT: 5, RETRAIN: 7, AFTER: 7}


@pytest.fixture
def generations():
    """Edits by snapshot: genesis, a night, a retrain in another dimension, a night."""
    rng = np.random.default_rng(8)

    def edit(snapshot, operation, region, parents=(), **scores):
        increment = rng.standard_normal(DIM[snapshot]) if operation != "end" else np.zeros(5)
        return Edit(operation, region, parents, 0.9, increment, float(rng.uniform(1, 9)), 0.7, 5, scores)

    return {
        GENESIS: [edit(GENESIS, "construct", name) for name in ("r0001", "r0002", "r0003")],
        NIGHT: [edit(NIGHT, "update", "r0001"), edit(NIGHT, "add", "r0004", ("r0002",), bic_gain=3.5)],
        RETRAIN: [
            edit(RETRAIN, "end", "r0001", most_in_common=0.1),
            edit(RETRAIN, "end", "r0003", most_in_common=0.2),
            edit(RETRAIN, "renew", "r0002", angle_moved=0.1),
            edit(RETRAIN, "renew", "r0004", ("r0003",), angle_moved=0.2),
            edit(RETRAIN, "construct", "r0005", ("r0003", "r0001")),
        ],
        AFTER: [edit(AFTER, "update", "r0004", angle_moved=0.01), edit(AFTER, "add", "r0006", ("r0005",))],
    }


@pytest.fixture
def chained(generations):
    """Entries by snapshot; those of the first generation are from before entries named it."""
    head, by_snapshot = GENESIS_HASH, {}
    for snapshot, edits in generations.items():
        about = {"generation": 2} if snapshot >= RETRAIN else {}
        records = [
            {
                "event": f"{snapshot}/{number:04d}",
                "snapshot": snapshot,
                "date": snapshot,
                "edit": edit.to_document(),
                **about,
            }
            for number, edit in enumerate(edits, start=1)
        ]
        by_snapshot[snapshot] = chain(records, head=head)
        head = head_of(by_snapshot[snapshot], head=head)
    return by_snapshot


@pytest.fixture
def stored(generations):
    """The region set of every snapshot."""
    current, sets = RegionSet.empty(5), {}
    for snapshot, edits in generations.items():
        current = sets[snapshot] = fold(current, edits, snapshot=snapshot, date=snapshot)
    return sets


@pytest.fixture
def retrained(repository, chained):
    """The repository with the four snapshots tagged."""
    previous = None
    for snapshot, entries in chained.items():
        write_entries(repository / "data" / "ledger.jsonl", entries)
        manifest = {"ledger_head": entries[-1]["hash"]}
        (repository / "data" / "manifest.json").write_text(json.dumps(manifest))
        tag_snapshot(repository, snapshot=snapshot, previous=previous, tracked=["data"], message=snapshot)
        previous = snapshot
    return repository


def assert_same(one, other):
    assert one.to_document() == other.to_document()
    for name, array in one.to_arrays().items():
        assert other.to_arrays()[name].tobytes() == array.tobytes(), name


@pytest.mark.parametrize("snapshot", DIM)
def test_the_ledger_up_to_any_snapshot_gives_its_set_bit_for_bit(retrained, stored, snapshot):
    replayed = replay(ledger_entries(retrained, as_of=snapshot), RegionSet.empty(DIM[snapshot]))
    assert_same(replayed, stored[snapshot])
    assert replayed.dim == DIM[snapshot]


def test_replay_goes_on_from_either_side_of_a_retrain(chained, stored):
    assert_same(replay(chained[RETRAIN], stored[NIGHT]), stored[RETRAIN])
    assert_same(replay(chained[AFTER], stored[RETRAIN]), stored[AFTER])


def test_ids_births_and_parents_read_on_and_no_id_comes_back(stored):
    after = stored[AFTER]
    assert after.ids == ("r0002", "r0004", "r0005", "r0006")
    assert after.born == (GENESIS, NIGHT, RETRAIN, AFTER)
    assert after.parents == ((), ("r0002", "r0003"), ("r0003", "r0001"), ("r0005",))
    assert after.next_serial == 7


@pytest.mark.parametrize("number", range(5))
def test_any_change_to_a_retrains_entry_is_found(chained, number):
    entries = [entry for each in chained.values() for entry in each]
    at = 5 + number
    edit = entries[at]["edit"]
    changes = [("generation", 1), ("snapshot", AFTER), ("date", AFTER)]
    inner = [("operation", "construct" if edit["operation"] != "construct" else "renew"), ("region", "r0009")]
    inner += [("weight", edit["weight"] + 1), ("parents", ["r0002"]), ("scores", {}), ("radius", 0.1)]
    for key, value in changes + inner:
        tampered = copy.deepcopy(entries)
        place = tampered[at]["edit"] if (key, value) in inner else tampered[at]
        place[key] = value
        if tampered == entries:
            continue
        with pytest.raises(RefusedError, match=f"ledger entry {entries[at]['event']}: its content"):
            verify_chain(tampered, head=GENESIS_HASH)
    removed = entries[:at] + entries[at + 1 :]
    with pytest.raises(RefusedError, match="does not follow"):
        verify_chain(removed, head=GENESIS_HASH)


def test_a_retrain_forged_with_its_hashes_leads_elsewhere(chained, stored):
    """Whoever rewrites the whole chain still has to match the stored set."""
    for number, entry in enumerate(chained[RETRAIN]):
        forged = copy.deepcopy(chained[RETRAIN])
        if entry["edit"]["operation"] == "end":
            del forged[number]
            with pytest.raises(UsageError, match="each must be renewed or end, once"):
                replay(forged, stored[NIGHT])
        else:
            forged[number]["edit"]["increment"][0] += 1e-12
            replayed = replay(forged, stored[NIGHT])
            row = replayed.index(entry["edit"]["region"])
            assert replayed.resultants_[row].tobytes() != stored[RETRAIN].resultants_[row].tobytes()


def test_the_history_of_a_region_reads_on_over_the_retrain(retrained):
    told = [
        (entry["snapshot"], entry["edit"]["operation"], entry["edit"]["region"])
        for entry in region_history(retrained, "r0004")
    ]
    assert told == [(NIGHT, "add", "r0004"), (RETRAIN, "renew", "r0004"), (AFTER, "update", "r0004")]
    told = [
        (entry["edit"]["operation"], entry["edit"]["region"]) for entry in region_history(retrained, "r0003")
    ]
    assert told == [
        ("construct", "r0003"),
        ("end", "r0003"),
        ("renew", "r0004"),
        ("construct", "r0005"),
    ]


def test_history_rows_name_the_generation(retrained):
    rows = entry_rows(open_archive(retrained))
    assert [row["generation"] for row in rows] == [1] * 5 + [2] * 7
    rows = entry_rows(open_archive(retrained), region="r0002")
    assert [(row["operation"], row["generation"], row["angle_moved"]) for row in rows] == [
        ("construct", 1, None),
        ("add", 1, None),
        ("renew", 2, 0.1),
    ]


def test_lives_read_on_over_a_retrain(retrained, stored):
    told = {life.region: life for life in lives(open_archive(retrained).edits(columns=COLUMNS))}
    assert {name: (life.state, life.generation) for name, life in told.items()} == {
        "r0001": ("ended", 1),
        "r0002": ("live", 2),
        "r0003": ("ended", 1),
        "r0004": ("live", 2),
        "r0005": ("live", 2),
        "r0006": ("live", 2),
    }
    for row, name in enumerate(stored[AFTER].ids):
        assert told[name].weight == pytest.approx(stored[AFTER].counts_[row])
        assert told[name].born == stored[AFTER].born[row]


def test_a_written_retrain_reads_back(chained, tmp_path):
    file = tmp_path / "ledger.jsonl"
    write_entries(file, chained[RETRAIN])
    assert parse_entries(file.read_text(encoding="utf-8")) == chained[RETRAIN]
