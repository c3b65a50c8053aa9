"""One user's life: each decision on their sequences with what decided it, and their route now."""

import json

import pytest

from raie.exceptions import MissingError, RefusedError
from raie.lives.decided import decided
from raie.lives.itemtable import Items
from raie.lives.user import user_document
from raie.lives.usertables import user_lines, user_tables
from tests.toldstory import LAST, clear_cache, decisions

FIRST, NIGHT = "2024-03-01", "2024-03-02"
DECISIONS = "data/decisions/decisions.parquet"


@pytest.fixture
def tell(told, archive):
    def call(user="u1", as_of=LAST):
        document = user_document(told, archive, user, as_of=as_of, items=Items(titles={"i2": "Two"}))
        json.dumps(document, allow_nan=False)
        return document

    return call


def test_every_decision_on_the_user_is_told_and_no_other(tell):
    document = tell()
    made = decisions().query("user_id == 'u1'")
    assert [row["night"] for row in document["decisions"]] == [NIGHT] * 3 + [LAST] * 3
    for rows in (document["decisions"][:3], document["decisions"][3:]):
        for name in ("operation", "region", "runner_up", "angle", "radius", "posterior", "margin"):
            assert [row[name] for row in rows] == made[name].tolist()
    first = document["decisions"][0]
    assert first["sequence"] == "2024-03-01 00:00:00"
    assert first["limit"] == pytest.approx(1.2 * 0.5)
    assert first["why"].startswith("angle 0.900 > 0.600")


def test_what_a_sequence_trained_is_told(tell):
    """The pooled one helped to add a region; the unclear one trained both that it lay between."""
    assert [row["trains"] for row in tell()["decisions"][:3]] == [["r0004"], ["r0001"], ["r0001", "r0002"]]


def test_the_route_of_the_snapshot_is_told_with_its_trace(tell):
    recommended = tell()["recommended"]
    assert {
        name: recommended[name] for name in ("snapshot", "region", "runner_up", "adapter", "fallback")
    } == {
        "snapshot": LAST,
        "region": "r0001",
        "runner_up": "r0002",
        "adapter": "r0001",
        "fallback": False,
    }
    assert recommended["items"] == [
        {"rank": 1, "item": "i2", "title": "Two", "score": 2.0},
        {"rank": 2, "item": "i1", "title": "i1", "score": 1.0},
    ]
    outside = tell("u3")
    assert outside["recommended"]["fallback"] and outside["decisions"] == []
    assert "served by the base" in user_tables(outside, newest=5)[0][0]


def test_only_who_has_no_decision_in_any_night_has_no_events(told, tell):
    assert user_lines(tell("u3")) == ["no events since genesis that a night decided on"]
    assert user_lines(tell("u1")) == []
    assert user_lines({"decisions": [], "nights_not_at_hand": [NIGHT]}) == []


def test_as_of_a_snapshot_later_nights_are_unknown(tell):
    assert {row["night"] for row in tell(as_of=NIGHT)["decisions"]} == {NIGHT}
    assert tell(as_of=FIRST)["decisions"] == []
    assert tell(as_of=FIRST)["recommended"]["snapshot"] == FIRST


def test_nights_that_are_not_at_hand_are_counted_not_fatal(told, tell):
    clear_cache(told, keeping=DECISIONS, of=LAST)
    document = tell()
    assert [row["night"] for row in document["decisions"]] == [LAST] * 3
    assert document["decisions"][0]["trains"] == []
    assert document["nights_not_at_hand"] == [NIGHT]
    assert document["recommended"] is None
    assert document["notices"][0].startswith("decisions of 1 of 2 nights are not in the cache")


def test_an_unknown_user_is_one_line(told, tell):
    with pytest.raises(MissingError, match=f"snapshot {LAST} has no history of user 'nobody': check the id"):
        tell("nobody")
    clear_cache(told)
    with pytest.raises(
        MissingError, match="user 'u1'; decisions of 2 of 2 nights are not in the cache: set"
    ) as missing:
        tell("u1")
    assert "check the id" not in str(missing.value)


def test_a_night_without_sequences_decided_nothing(told, tmp_path):
    empty = tmp_path / "empty.parquet"
    decisions().head(0).to_parquet(empty, index=False)
    clear_cache(told, keeping=DECISIONS, of=NIGHT, content=empty.read_bytes())
    found = decided(told, [NIGHT], "u1")
    assert (found.rows, found.lacking) == ((), ())


def test_damaged_decisions_are_named(told):
    clear_cache(told, keeping=DECISIONS, of=NIGHT, content=b"no parquet")
    with pytest.raises(RefusedError, match=f"{NIGHT}: data/decisions is damaged: run raie snapshot verify"):
        decided(told, [NIGHT], "u1")


def test_tables_show_the_newest_decisions(tell):
    document = tell()
    (title, rows), (route, items) = user_tables(document, newest=2)
    assert title == "Decisions on u1, the newest 2"
    assert [row["operation"] for row in rows] == ["update", "expand"]
    assert rows[1]["trains"] == "r0001 r0002"
    assert route.startswith(f"Recommended in {LAST}: region r0001 (angle 0.100, radius 0.400, margin 0.900")
    assert [row["item"] for row in items] == ["i2", "i1"]
    assert user_tables(document, newest=9)[0][0] == "Decisions on u1"


def test_a_sequence_that_waits_in_the_pool_is_not_told_every_night(tell):
    document = tell()
    first, *_ = document["decisions"]
    nights = [{**first, "night": f"2024-03-0{number}", "trains": []} for number in (5, 6, 7)]
    trained = {**first, "night": "2024-03-08"}
    document["decisions"] = [*nights, trained]
    (_, rows), _ = user_tables(document, newest=9)
    assert [row["night"] for row in rows] == ["2024-03-05", "2024-03-08"]
