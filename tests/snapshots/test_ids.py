"""Ids: dates, numbered from the second of a date on."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.exceptions import UsageError
from raie.snapshots.ids import checked_date, checked_id, date_of, is_id, numbered_after, order_of, tag_of
from raie.snapshots.tags import free_id, latest, list_candidates, list_snapshots, resolve
from tests.snapshots.test_tags import keep, make

dates = st.dates(datetime.date(1990, 1, 1), datetime.date(2040, 12, 31)).map(datetime.date.isoformat)
numbers = st.integers(1, 400)


def identifier(date, number):
    return date if number == 1 else f"{date}-{number}"


@given(dates, numbers)
def test_an_id_is_its_date_and_its_number(date, number):
    name = identifier(date, number)
    assert is_id(name) and checked_id(name) == name and tag_of(name) == f"snapshot/{name}"
    assert (date_of(name), order_of(name)) == (date, (date, number))


@given(st.lists(st.tuples(dates, numbers), max_size=20, unique=True))
def test_ids_sort_by_date_then_number(pairs):
    names = sorted((identifier(*pair) for pair in pairs), key=order_of)
    assert names == [identifier(*pair) for pair in sorted(pairs)]


@given(dates, numbers, st.sets(numbers, max_size=30))
def test_a_taken_id_gets_the_first_free_number_of_its_date(date, number, taken):
    names = {identifier(date, each) for each in taken}
    found = numbered_after(identifier(date, number), names)
    assert found not in names and date_of(found) == date
    if number not in taken:
        assert found == identifier(date, number)
    else:
        assert all(identifier(date, each) in names for each in range(2, order_of(found)[1]))


@pytest.mark.parametrize(
    "text", ["2024-03-01-1", "2024-03-01-02", "2024-03-01-", "2024-03-01-2-3", "2024-3-1"]
)
def test_what_looks_like_an_id_is_none(text):
    assert not is_id(text)
    with pytest.raises(UsageError, match="is not a date: write YYYY-MM-DD, or YYYY-MM-DD-2"):
        checked_id(text)


def test_a_date_has_no_number():
    assert checked_date("2024-03-01") == "2024-03-01"
    with pytest.raises(UsageError, match="'2024-03-01-2' is not a date: write YYYY-MM-DD"):
        checked_date("2024-03-01-2")


def test_snapshots_of_one_date_follow_each_other(repository):
    made = ["2024-03-01", *(f"2024-03-01-{number}" for number in (10, 2, 9)), "2024-03-02"]
    for name in made:
        make(repository, name, tracked=["data"])
    assert list_snapshots(repository) == [made[0], made[2], made[3], made[1], made[4]]
    assert latest(repository) == "2024-03-02"
    assert resolve(repository, "2024-03-01-9") == "2024-03-01-9"


def test_a_free_id_is_neither_a_snapshots_nor_a_candidates(repository):
    assert free_id(repository, "2024-03-01") == "2024-03-01"
    for name in ("2024-03-01", "2024-03-01-2"):
        make(repository, name, tracked=["data"])
    keep(repository, "2024-03-01-3")
    assert list_candidates(repository) == ["2024-03-01-3"]
    assert free_id(repository, "2024-03-01") == "2024-03-01-4"
