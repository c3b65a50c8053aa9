"""Which snapshots keep their data: what holds for every chain, then the rules one by one."""

import datetime

from hypothesis import given
from hypothesis import strategies as st

from raie.retention.policy import Subject, reasons_to_keep

START = datetime.date(2023, 12, 1)


def chain(days, *, generations=None, refused=False):
    """Snapshots on the given days after START, each made from the one before."""
    refs = [f"{'candidate' if refused else 'snapshot'}/{START + datetime.timedelta(day)}" for day in days]
    return [
        Subject(
            ref=ref,
            commit=f"commit of {ref}",
            date=START + datetime.timedelta(day),
            generation=1 if generations is None else generations[number],
            previous=refs[number - 1] if number else None,
            refused=refused,
        )
        for number, (ref, day) in enumerate(zip(refs, days, strict=True))
    ]


def kept(subjects, *, keep_days=0, needed=None):
    reasons = reasons_to_keep(subjects, keep_days=keep_days, needed=needed or {})
    assert list(reasons) == [each.ref for each in subjects]
    return [ref.partition("/")[2] for ref, why in reasons.items() if why]


chains = st.lists(st.integers(0, 300), min_size=1, max_size=40, unique=True).map(sorted).map(chain)
windows = st.integers(0, 120)


@given(chains, windows)
def test_the_champion_its_predecessor_and_the_first_of_the_generation_are_always_kept(subjects, keep_days):
    ids = [each.ref.partition("/")[2] for each in subjects]
    assert {ids[0], *ids[-2:]} <= set(kept(subjects, keep_days=keep_days))


@given(chains, windows)
def test_every_month_keeps_one_at_least(subjects, keep_days):
    assert {each[:7] for each in kept(subjects, keep_days=keep_days)} == {
        f"{each.date:%Y-%m}" for each in subjects
    }


@given(chains, windows, windows)
def test_more_days_keep_no_less(subjects, one, other):
    fewer, more = sorted([one, other])
    assert set(kept(subjects, keep_days=fewer)) <= set(kept(subjects, keep_days=more))


@given(chains, windows, st.integers(1, 39))
def test_what_was_freed_once_is_never_to_be_kept_again(subjects, keep_days, cut):
    before = subjects[:cut]
    freed = {each.ref.partition("/")[2] for each in before} - set(kept(before, keep_days=keep_days))
    assert freed.isdisjoint(kept(subjects, keep_days=keep_days))


def test_days_are_counted_back_from_the_champion():
    assert kept(chain([0, 33, 34, 35, 36, 40]), keep_days=5) == [
        "2023-12-01",
        "2024-01-05",
        "2024-01-06",
        "2024-01-10",
    ]


def test_only_the_present_generation_keeps_its_first():
    subjects = chain([0, 5, 10, 20, 30], generations=[1, 1, 2, 2, 2])
    assert kept(subjects) == ["2023-12-11", "2023-12-21", "2023-12-31"]


def test_a_snapshot_of_the_same_date_is_as_old_as_the_first():
    first, second = chain([0, 40])
    second = Subject("snapshot/2024-01-10-2", "c", second.date, 1, second.ref, False)
    assert kept([*chain([0, 2, 40]), second]) == ["2023-12-01", "2023-12-03", "2024-01-10", "2024-01-10-2"]
    assert first.ref == "snapshot/2023-12-01"


def test_a_refused_candidate_is_kept_while_it_is_young_and_stands_for_no_month():
    candidates = chain([10, 36], refused=True)
    subjects = [*chain([0, 40]), *candidates]
    assert kept(subjects, keep_days=3) == ["2023-12-01", "2024-01-10"]
    assert kept(subjects, keep_days=4) == ["2023-12-01", "2024-01-10", "2024-01-06"]


def test_what_is_needed_says_why():
    subjects = chain([0, 1, 2, 3, 4])
    reasons = reasons_to_keep(subjects, keep_days=0, needed={subjects[1].commit: ["held: audit"]})
    assert reasons["snapshot/2023-12-02"] == ("held: audit",)
    assert reasons["snapshot/2023-12-03"] == ()


def test_without_a_champion_nothing_is_freed():
    assert kept(chain([0], refused=True)) == ["2023-12-01"]
