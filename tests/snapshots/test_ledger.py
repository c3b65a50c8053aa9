"""The ledger: whatever is done to it shows, and replaying it gives the region set back bit for bit."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raie.exceptions import RefusedError
from raie.regions.regionset import RegionSet
from raie.snapshots.digests import document_digest
from raie.snapshots.ledger import chain, head_of, parse_entries, replay, verify_chain, write_entries
from raie.snapshots.night import GENESIS_HASH

texts = st.text(max_size=12) | st.sampled_from(["\u2028", "a\u0085b", "\r\n", "\x1c", "\t"])
records = st.lists(
    st.fixed_dictionaries(
        {"event": texts, "score": st.floats(allow_nan=False, allow_infinity=False), "names": st.lists(texts)}
    ),
    max_size=6,
)


@pytest.fixture
def entries(ledgers):
    return [entry for each in ledgers.values() for entry in each]


def leaves(document, path=()):
    """Paths to every key and list item of a document."""
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in pairs:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, key))


def parent_of(document, path):
    for key in path[:-1]:
        document = document[key]
    return document


def another(value):
    match value:
        case str():
            return value[:-1] + ("1" if value[-1:] != "1" else "2")
        case float():
            return value * (1 + 2**-50) + 5e-324
        case int():
            return value + 1
        case None:
            return ""
        case list():
            return [*value, "r0009"]
        case dict():
            return {**value, "more": 1}


def test_a_chain_verifies_across_snapshots_and_ends_at_its_head(ledgers, entries):
    head = GENESIS_HASH
    for each in ledgers.values():
        assert each[0]["previous_hash"] == head
        head = verify_chain(each, head=head)
        assert head == head_of(each, head="unused") == each[-1]["hash"]
    assert verify_chain(entries, head=GENESIS_HASH) == head
    assert len({entry["hash"] for entry in entries}) == len(entries)


def test_a_run_without_edits_hands_the_head_on():
    assert chain([], head="ab") == []
    assert head_of([], head="ab") == verify_chain([], head="ab") == "ab"


def test_chaining_leaves_its_records_alone():
    record = {"event": "one"}
    chain([record], head=GENESIS_HASH)
    assert record == {"event": "one"}


@pytest.mark.parametrize("number", range(9))
def test_every_changed_field_is_found_and_its_entry_named(entries, number):
    paths = list(leaves(entries[number]))
    assert len(paths) > 15
    for path in paths:
        tampered = copy.deepcopy(entries)
        place = parent_of(tampered[number], path)
        place[path[-1]] = another(place[path[-1]])
        assert tampered != entries
        with pytest.raises(RefusedError) as refused:
            verify_chain(tampered, head=GENESIS_HASH)
        assert f"ledger entry {tampered[number]['event']}: " in str(refused.value), path


@pytest.mark.parametrize("number", range(9))
def test_every_removed_field_is_found_and_its_entry_named(entries, number):
    for path in leaves(entries[number]):
        tampered = copy.deepcopy(entries)
        del parent_of(tampered[number], path)[path[-1]]
        name = tampered[number].get("event", f"number {number + 1}")
        with pytest.raises(RefusedError, match=f"ledger entry {name}: "):
            verify_chain(tampered, head=GENESIS_HASH)


def test_an_added_field_is_found(entries):
    entries[4]["note"] = None
    with pytest.raises(RefusedError, match=rf"{entries[4]['event']}: its content does not match its hash"):
        verify_chain(entries, head=GENESIS_HASH)


@pytest.mark.parametrize("number", range(8))
def test_a_removed_entry_is_found_at_the_one_after_it(entries, number):
    after = entries[number + 1]["event"]
    with pytest.raises(RefusedError, match=f"ledger entry {after}: does not follow the entry before it"):
        verify_chain(entries[:number] + entries[number + 1 :], head=GENESIS_HASH)


def test_removing_the_last_entry_shows_in_the_head(entries):
    assert verify_chain(entries[:-1], head=GENESIS_HASH) != head_of(entries, head=GENESIS_HASH)


@pytest.mark.parametrize("number", range(8))
def test_swapped_entries_are_found_at_the_first(entries, number):
    later = entries[number + 1]
    entries[number : number + 2] = [later, entries[number]]
    with pytest.raises(RefusedError, match=f"ledger entry {later['event']}: does not follow"):
        verify_chain(entries, head=GENESIS_HASH)


def test_a_repeated_entry_is_found(entries):
    with pytest.raises(RefusedError, match=f"ledger entry {entries[3]['event']}: does not follow"):
        verify_chain([*entries[:4], *entries[3:]], head=GENESIS_HASH)


def test_an_entry_rewritten_with_its_hash_is_found_at_the_one_after_it(entries):
    entries[2]["edit"]["radius"] = 0.5
    entries[2]["hash"] = document_digest({k: v for k, v in entries[2].items() if k != "hash"})
    with pytest.raises(RefusedError, match=f"ledger entry {entries[3]['event']}: does not follow"):
        verify_chain(entries, head=GENESIS_HASH)


def test_a_chain_from_elsewhere_is_found_at_its_first_entry(ledgers):
    with pytest.raises(RefusedError, match="ledger entry 2024-03-02/0001: does not follow"):
        verify_chain(ledgers["2024-03-02"], head=GENESIS_HASH)


def test_replay_gives_the_region_set_back_bit_for_bit(entries, regions, tmp_path):
    write_entries(tmp_path / "ledger.jsonl", entries)
    stored = parse_entries((tmp_path / "ledger.jsonl").read_text(encoding="utf-8"))
    replayed = replay(stored, RegionSet.empty(regions.dim))
    assert replayed.to_document() == regions.to_document()
    assert replayed.ids == ("r0001", "r0002")
    assert replayed.parents == (("r0004",), ())
    for name, array in regions.to_arrays().items():
        assert replayed.to_arrays()[name].tobytes() == array.tobytes(), name


def test_replay_goes_on_from_where_it_stopped(ledgers, regions):
    current = RegionSet.empty(regions.dim)
    for entries in ledgers.values():
        current = replay(entries, current)
    assert current.centers_.tobytes() == regions.centers_.tobytes()


@settings(max_examples=60, deadline=None)
@given(records)
def test_a_written_ledger_reads_back_and_verifies(tmp_path_factory, records):
    file = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    entries = chain(records, head=GENESIS_HASH)
    write_entries(file, entries)
    read = parse_entries(file.read_text(encoding="utf-8"))
    assert read == entries
    assert verify_chain(read, head=GENESIS_HASH) == head_of(entries, head=GENESIS_HASH)


def test_no_text_is_no_entry():
    assert parse_entries("") == []


@pytest.mark.parametrize("line", ["{", "", "not json", '{"score":NaN}', '{"score":-Infinity}'])
def test_a_line_that_is_not_json_is_named(line):
    with pytest.raises(RefusedError, match="ledger line 2 is not JSON: restore it from its tag"):
        parse_entries('{"event":"a"}\n' + line + '\n{"event":"b"}\n')


@pytest.mark.parametrize("line", ["[]", "3", "null", '"text"'])
def test_a_line_that_is_no_object_is_named(line):
    with pytest.raises(RefusedError, match="ledger line 1 is not an object: restore it from its tag"):
        parse_entries(line + "\n")
