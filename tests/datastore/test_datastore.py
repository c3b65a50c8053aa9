"""The datastore: the newest of what regions saw, region by region."""

import numpy as np
import pytest

from raie.datastore.datastore import Datastore
from raie.datastore.entries import Entries, joined
from raie.datastore.files import ENTRIES, USERS
from raie.exceptions import MissingError
from raie.snapshots.digests import folder_digests
from tests.datastore.conftest import received


def rows(entries):
    columns = (entries.times, entries.next_items, entries.user_ids, entries.encodings[:, 0])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def alike(one, other):
    return rows(one) == rows(other) and np.array_equal(one.encodings, other.encodings)


def test_a_region_keeps_the_newest_of_what_it_received(given):
    store = Datastore().received(given, size=12)
    assert set(store.entries) == {"r0001", "r0002"}
    for name, mine in store.entries.items():
        theirs = given.of(name)
        order = np.argsort(theirs.windows.label_times, kind="stable")[-12:]
        assert (np.diff(mine.times) >= 0).all()
        assert mine.next_items.tolist() == theirs.windows.next_items[order].tolist()
        assert mine.user_ids.tolist() == theirs.windows.user_ids[order].tolist()
        assert np.array_equal(mine.encodings, theirs.encodings[order])


def test_what_came_in_parts_is_what_came_at_once(given):
    later = received(30, seed=2, first=100)
    at_once = joined([Entries.of(each.of("r0001")) for each in (given, later)]).newest(25)
    in_parts = Datastore().received(given, size=25).received(later, size=25)
    assert alike(in_parts.entries["r0001"], at_once)


def test_whoever_received_nothing_keeps_every_byte(given, tmp_path):
    before = Datastore().received(given, size=12)
    after = before.received(received(10, seed=2, regions=("r0002",)), size=5)
    for name, store in (("before", before), ("after", after)):
        store.save(tmp_path / name)
    kept, touched = (
        [folder_digests(tmp_path / name / region) for name in ("before", "after")]
        for region in ("r0001", "r0002")
    )
    assert kept[0] == kept[1]
    assert touched[0] != touched[1]


def test_with_no_size_nothing_is_kept(given):
    assert Datastore().received(given, size=12).received(given, size=0).entries == {}


def test_merged_regions_hand_theirs_on_and_what_is_gone_is_dropped(given):
    third = received(9, seed=3, regions=("r0003",))
    store = Datastore().received(given, size=20).received(third, size=20)
    merged = store.renamed({"r0002": "r0001"}, ["r0001", "r0004"])
    assert list(merged.entries) == ["r0001"]
    assert sorted(rows(merged.entries["r0001"])) == sorted(
        rows(store.entries["r0001"]) + rows(store.entries["r0002"])
    )
    assert (np.diff(merged.entries["r0001"].times) >= 0).all()


def test_one_region_is_taken_back_and_no_other(given):
    then = Datastore().received(given, size=20)
    now = then.received(received(10, seed=5, first=100), size=20)
    back = now.restored("r0001", then)
    assert back.entries["r0001"] is then.entries["r0001"]
    assert back.entries["r0002"] is now.entries["r0002"]
    assert "r0001" not in now.restored("r0001", Datastore()).entries


def test_users_that_are_gone_leave_no_entry(given):
    store = Datastore().received(given, size=20)
    left = store.without(lambda users: np.isin(users, ["u1", "u2"]))
    for name, mine in store.entries.items():
        kept = [row for row in rows(mine) if row[2] not in ("u1", "u2")]
        assert rows(left.entries[name]) == kept != rows(mine)


def test_what_is_loaded_is_what_was_saved(given, tmp_path):
    store = Datastore().received(given, size=20)
    store.save(tmp_path)
    loaded = Datastore.load(tmp_path, ["r0001", "r0002", "r0009"])
    assert set(loaded.entries) == {"r0001", "r0002"}
    for name, mine in store.entries.items():
        assert alike(loaded.entries[name], mine)


def test_serving_does_not_read_whose_entries_are(given, tmp_path):
    Datastore().received(given, size=20).save(tmp_path)
    (tmp_path / "r0001" / USERS).unlink()
    served = Datastore.load(tmp_path, ["r0001"], with_users=False)
    assert len(served.entries["r0001"]) == 20 and not len(served.entries["r0001"].user_ids)
    with pytest.raises(MissingError, match=r"no entries at .*r0001: user_ids.npy is missing, restore"):
        Datastore.load(tmp_path, ["r0001"])
    (tmp_path / "r0002" / ENTRIES).unlink()
    with pytest.raises(MissingError, match=r"r0002: entries.safetensors is missing"):
        Datastore.load(tmp_path, ["r0002"], with_users=False)
