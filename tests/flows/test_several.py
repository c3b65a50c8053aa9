"""Catching up and replaying: in order, past what was refused, and never twice."""

import pytest

from flows.backfill import backfill
from flows.nightly import nightly
from raie.exceptions import MissingError, RefusedError, UsageError
from raie.snapshots.git import git
from raie.snapshots.tags import list_candidates, list_snapshots
from tests.flows.conftest import GENESIS, deliver, make_repository


def test_missed_nights_are_made_in_order_and_a_refused_one_keeps_none_from_running(constructed):
    deliver(constructed, "poison.csv")
    with pytest.raises(RefusedError, match="1 of 3 nights were refused: 2024-03-01; see reports"):
        nightly(constructed, until="2024-03-03")
    assert list_snapshots(constructed) == [GENESIS, "2024-03-02", "2024-03-03"]
    assert list_candidates(constructed) == ["2024-03-01"]
    assert git(constructed, "rev-parse", "snapshot/2024-03-03^2") == git(
        constructed, "rev-parse", "snapshot/2024-03-02^{}"
    )
    assert nightly(constructed, until="2024-03-03") == []
    with pytest.raises(UsageError, match="4 nights are due.*--from 2024-03-04 --to 2024-03-07"):
        nightly(constructed, until="2024-03-07")
    assert backfill(constructed, "2024-03-01", "2024-03-04") == ["2024-03-04"]
    assert backfill(constructed, "2024-03-01", "2024-03-04") == []


def test_another_failure_stops_the_nights(constructed):
    deliver(constructed, "fails.csv")
    with pytest.raises(Exception, match="mend it"):
        nightly(constructed, until="2024-03-02")
    assert list_snapshots(constructed) == [GENESIS]
    assert not (constructed / "reports/2024-03-02").exists()


def test_one_date_or_a_range_but_not_both(prefect, tmp_path):
    root = make_repository(tmp_path / "operator")
    with pytest.raises(UsageError, match="exclude each other"):
        nightly(root, date="2024-03-01", until="2024-03-02")
    with pytest.raises(MissingError, match="run raie construct first"):
        nightly(root)
