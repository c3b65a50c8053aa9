"""One region's life: what the ledger, the training logs, the metrics and the data say of it."""

import json

import pytest

from raie.exceptions import MissingError
from raie.lives.itemtable import Items
from raie.lives.region import region_document
from raie.lives.tables import region_lines, region_tables
from tests.toldstory import LAST, clear_cache

FIRST, NIGHT = "2024-03-01", "2024-03-02"
ITEMS = Items(titles={"i1": "One"})


@pytest.fixture
def tell(told, archive):
    def call(region, as_of=LAST):
        document = region_document(told, archive, region, as_of=as_of, items=ITEMS)
        assert json.loads(json.dumps(document, allow_nan=False)) == json.loads(json.dumps(document))
        return document

    return call


def test_every_entry_is_told_with_its_numbers_and_digests(tell, ledgers):
    document = tell("r0001")
    entries = [
        entry
        for each in ledgers.values()
        for entry in each
        if entry["edit"]["region"] == "r0001" or "r0001" in entry["edit"]["parents"]
    ]
    assert [row["hash"] for row in document["edits"]] == [entry["hash"] for entry in entries]
    for row, entry in zip(document["edits"], entries, strict=True):
        for name in ("operation", "region", "parents", "weight", "radius", "scores"):
            assert row[name] == entry["edit"][name]
        assert row["sequences"] == entry["edit"]["n_sequences"]


def test_training_and_recall_are_told_by_snapshot(tell):
    document = tell("r0001")
    assert [row["snapshot"] for row in document["training"]] == [FIRST, NIGHT, LAST]
    first = document["training"][0]
    assert (first["windows"], first["replayed"], first["first_loss"], first["last_loss"]) == (7, 2, 3.0, 2.0)
    assert first["norm_mean"] is None
    assert [row["setup_heldout"] for row in document["recall"]] == [0.5, 0.4, pytest.approx(0.3)]
    assert [row["forward_windows"] for row in document["recall"]] == [4, 4, 4]
    assert tell("r0001", NIGHT)["recall"] == document["recall"][:2]
    assert "setup_heldout" not in tell("r0002")["recall"][0]


def test_what_it_recommended_and_to_whom(tell):
    served = tell("r0001")["recommended"]
    assert (served["snapshot"], served["users"], served["routed"], served["served"]) == (LAST, 4, 3, 2)
    assert served["fallback_share"] == pytest.approx(1 / 3)
    assert [(item["item"], item["title"], item["users"], item["share"]) for item in served["items"]] == [
        ("i1", "One", 2, 1.0),
        ("i2", "i2", 1, 0.5),
        ("i5", "i5", 1, 0.5),
    ]


def test_families(tell):
    assert tell("r0002")["children"] == [{"snapshot": NIGHT, "operation": "add", "region": "r0004"}]
    assert tell("r0001")["absorbed"] == [{"snapshot": LAST, "region": "r0004"}]
    assert tell("r0001", NIGHT)["absorbed"] == []


def test_one_that_ended_is_told_as_of_when_it_last_lived(tell):
    document = tell("r0004")
    assert (document["life"]["state"], document["seen"]) == ("merged into r0001", NIGHT)
    # nobody remembers it, nobody was routed to it
    assert document["description"] is None
    served = document["recommended"]
    assert (served["snapshot"], served["routed"], served["items"]) == (NIGHT, 0, ())
    assert served["fallback_share"] is None
    assert region_lines(document)[0].startswith(
        f"r0004: merged into r0001 in {LAST}, generation 1, born {NIGHT}"
    )


def test_without_data_the_ledger_still_tells(told, tell):
    whole = tell("r0001")
    clear_cache(told)
    document = tell("r0001")
    assert (document["description"], document["recommended"]) == (None, None)
    (notice,) = document["notices"]
    assert "is not in the cache" in notice
    for name in ("life", "edits", "training", "recall", "children", "absorbed"):
        assert document[name] == whole[name]
    assert "Edits" in dict(region_tables(document))


def test_tables_hold_what_the_document_says(tell):
    document = tell("r0001")
    tables = dict(region_tables(document))
    lines = region_lines(document)
    assert document["description"]["name"] in lines[2]
    assert len(tables["Edits"]) == len(document["edits"])
    assert [row["item"] for row in tables[f"What sets it apart, {LAST}"]] == [
        trait["id"] for trait in document["description"]["distinctive"]
    ]
    assert tables["Regions merged into it"] == document["absorbed"]
    title = next(title for title in tables if title.startswith("Recommended"))
    assert title == f"Recommended in {LAST} to 2 of 4 users; 33.3 % of the 3 routed to it fell back"
    assert "Its genres" not in tables and "Regions that came from it" not in tables


@pytest.mark.parametrize(("region", "as_of"), [("r0009", LAST), ("r0004", FIRST), ("../etc", LAST)])
def test_an_unknown_region_is_named_with_the_remedy(tell, region, as_of):
    with pytest.raises(MissingError, match=f"no region {region} up to {as_of}: see raie history"):
        tell(region, as_of)
