"""Stored or computed now, the same question has the same answer; what cannot be answered is one line."""

import json

import numpy as np
import pandas as pd
import pytest

from raie.exceptions import MissingError, UsageError
from raie.experiments.recommended import recommend_now
from raie.interactions.days import read_days
from raie.reports import recommendations as reports
from raie.reports.recommendations import TRACE, recommendations
from raie.snapshots.opened import open_output
from tests.smallsnapshot import PARAMS, tag_two_snapshots

OLD, NEW = "2024-03-01", "2024-03-02"
K = PARAMS.recommend.k


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return tag_two_snapshots(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def stored_only(monkeypatch):
    """Let nothing be computed."""

    def refuse(*_, **__):
        raise AssertionError("computed although it was stored")

    monkeypatch.setattr(reports, "recommend_now", refuse)


def users_of(answer):
    return answer.users["user_id"].tolist()


@pytest.mark.parametrize(("snapshot", "exclude"), [(OLD, True), (NEW, False)])
def test_what_was_stored_is_what_would_be_computed(repository, snapshot, exclude):
    stored = recommendations(repository, snapshot=snapshot).users
    now = recommend_now(repository, snapshot, users=None, k=K, exclude_seen=exclude)
    pd.testing.assert_frame_equal(stored, now, check_exact=True, check_dtype=False)


@pytest.mark.parametrize("users", [["u05"], ["u17", "u00", "u39"], [f"u{user:02d}" for user in range(12)]])
def test_some_users_get_what_everybody_gets(repository, users):
    for question in ({"k": K}, {"k": K + 7}, {"exclude_seen": False}):
        everybody = recommendations(repository, snapshot=OLD, **question).users
        some = recommendations(repository, snapshot=OLD, users=users, **question).users
        expected = everybody.set_index("user_id").loc[users].reset_index()
        pd.testing.assert_frame_equal(some, expected, check_exact=True, check_dtype=False)


def test_more_items_begin_with_the_stored_ones(repository):
    stored = recommendations(repository, snapshot=OLD).users
    more = recommendations(repository, snapshot=OLD, k=K + 4).users
    for name in ("items", "scores"):
        assert [row[:K] for row in more[name]] == stored[name].tolist()
    assert {len(items) for items in more["items"]} == {K + 4}


def test_the_other_choice_about_seen_items_is_that_of_the_other_snapshot(repository):
    for snapshot, other, exclude in ((OLD, NEW, False), (NEW, OLD, True)):
        changed = recommendations(repository, snapshot=snapshot, exclude_seen=exclude).users
        stored = recommendations(repository, snapshot=other).users
        pd.testing.assert_frame_equal(changed, stored, check_exact=True, check_dtype=False)
        assert (
            changed["items"].tolist()
            != recommendations(repository, snapshot=snapshot).users["items"].tolist()
        )


def test_nothing_ever_seen_is_recommended_but_by_choice(repository):
    pairs = read_days(open_output(repository, NEW, "raw")).groupby("user_id")["item_id"]
    seen = {user: set(items) for user, items in pairs}
    clean = recommendations(repository, k=12, exclude_seen=True)
    for user, items in zip(users_of(clean), clean.users["items"], strict=True):
        assert not set(items) & seen[user]


def test_what_was_stored_is_not_computed_again(repository, stored_only):
    for question in ({}, {"k": 1}, {"k": K}, {"exclude_seen": True}, {"users": ["u03", "u01"]}):
        found = recommendations(repository, snapshot=OLD, **question)
        assert {len(items) for items in found.users["items"]} == {question.get("k", K)}
    for question in ({"k": K + 1}, {"exclude_seen": False}):
        with pytest.raises(AssertionError):
            recommendations(repository, snapshot=OLD, **question)


def test_only_those_asked_for_are_scored(repository):
    now = recommend_now(repository, OLD, users=["u02", "nobody"], k=3, exclude_seen=True)
    assert now["user_id"].tolist() == ["u02"]


@pytest.mark.parametrize("k", [3, 9])
def test_unknown_users_of_many_are_named_and_left_out(repository, k):
    unknown = [f"x{number}" for number in range(7)]
    found = recommendations(repository, snapshot=OLD, users=["u09", *unknown, "u40", "u02"], k=k)
    assert users_of(found) == ["u09", "u02"]
    assert found.unknown == (*unknown, "u40")  # u40 rated everything low: no history
    (notice,) = found.notices()
    assert notice.startswith(f"no history in snapshot {OLD}")
    assert "'x0'" in notice and notice.endswith("and 3 more")
    assert recommendations(repository, users=["u09"], k=k).notices() == []


@pytest.mark.parametrize("k", [3, 9])
def test_a_question_about_nobody_known_is_an_error(repository, k):
    with pytest.raises(MissingError, match="no history of user 'nobody': check the id"):
        recommendations(repository, users=["nobody"], k=k)
    with pytest.raises(MissingError, match="no history of any of the 2 users, the first being 'x'"):
        recommendations(repository, users=["x", "y"], k=k)


def test_impossible_questions_are_one_line(repository):
    with pytest.raises(UsageError, match="k = 0: ask for at least 1 item"):
        recommendations(repository, k=0)
    with pytest.raises(UsageError, match=r"k = 9000: snapshot 2024-03-02 has \d+ items"):
        recommendations(repository, k=9000)
    with pytest.raises(MissingError, match="no snapshot 2020-01-01"):
        recommendations(repository, snapshot="2020-01-01")


def test_a_user_who_saw_everything_is_named(repository):
    found = recommendations(repository, snapshot=OLD, users=["u01", "u02"])
    found.users["items"] = [[], found.users["items"][1]]
    found.users["scores"] = [[], found.users["scores"][1]]
    assert found.notices() == ["every item seen, so no recommendations: 'u01'"]
    assert found.table(explain=False)["user_id"].tolist() == ["u02"] * K


def test_the_table_has_a_row_per_item_in_order(repository):
    found = recommendations(repository, snapshot=OLD, users=["u07", "u03"], k=2)
    table = found.table(explain=False)
    assert table.columns.tolist() == ["user_id", "rank", "item_id", "score"]
    assert table["user_id"].tolist() == ["u07", "u07", "u03", "u03"]
    assert table["rank"].tolist() == [1, 2, 1, 2]
    assert table["item_id"].tolist() == [item for items in found.users["items"] for item in items]
    assert table["score"].tolist() == [score for scores in found.users["scores"] for score in scores]
    assert found.first(1).table(explain=False)["user_id"].tolist() == ["u07", "u07"]


def test_every_row_is_explained_by_its_users_route(repository):
    found = recommendations(repository, snapshot=OLD)
    table = found.table(explain=True)
    assert table.columns.tolist() == ["user_id", "rank", "item_id", "score", "snapshot", *TRACE]
    assert set(table["snapshot"]) == {OLD}
    routes = found.users.set_index("user_id")
    for name in TRACE:
        assert np.array_equal(table[name], routes.loc[table["user_id"], name])
    json.dumps(table.to_dict("records"), allow_nan=False)
