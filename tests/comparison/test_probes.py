"""The same held-out windows through two snapshots."""

import json

import pandas as pd
import pytest

from raie.comparison.comparison import compare
from raie.comparison.listing import notes
from raie.comparison.probes import flows, served
from raie.comparison.state import read_state
from raie.exceptions import MissingError, RefusedError
from tests.comparison.conftest import GENESIS, LAST, MIDDLE, ROUTED, USERS, write_probes

EVERY = range(len(USERS))


def counted(compared, before, after):
    table = flows(read_state(compared, before), read_state(compared, after))
    return {(row["before"], row["after"]): row["windows"] for row in table.to_dict("records")}


def pairs(before, after, rows=EVERY):
    named = [tuple(ROUTED[snapshot][row] or "base" for snapshot in (before, after)) for row in rows]
    return {pair: named.count(pair) for pair in named}


def drop_candidate_region(folder):
    """An outcome as earlier versions wrote it."""
    file = folder / "outcomes" / "retention.parquet"
    pd.read_parquet(file).drop(columns="candidate_region").to_parquet(file, index=False)


def test_every_window_flows_from_its_region_to_its_region(compared):
    assert counted(compared, GENESIS, LAST) == pairs(GENESIS, LAST)
    assert counted(compared, MIDDLE, LAST) == pairs(MIDDLE, LAST)


def test_only_shared_windows_count_in_whatever_order_they_lie(compared, opened):
    # a second event of one second is told from the first, so that 1 and 2 keep their order
    rows = [5, 1, 2, 0]
    write_probes(opened(LAST), ROUTED[LAST], rows=rows)
    assert counted(compared, GENESIS, LAST) == pairs(GENESIS, LAST, rows)


def test_of_an_earlier_version_the_next_snapshot_tells(compared, opened):
    for snapshot in (GENESIS, MIDDLE):
        drop_candidate_region(opened(snapshot))
    assert counted(compared, GENESIS, MIDDLE) == pairs(GENESIS, MIDDLE)


def test_the_newest_of_an_earlier_version_is_not_at_hand(compared, opened):
    drop_candidate_region(opened(LAST))
    with pytest.raises(MissingError, match=f"an earlier version made {LAST}"):
        served(read_state(compared, LAST))
    comparison = compare(compared, MIDDLE, LAST)
    assert comparison.flows is None
    assert notes(comparison) == [f"held-out windows by region: {comparison.flows_lacking}"]


def test_files_that_are_not_at_hand_are_the_reason(compared, opened):
    (opened(LAST) / "outcomes" / "retention.parquet").unlink()
    lacking = compare(compared, MIDDLE, LAST).flows_lacking
    assert f"snapshot {LAST}: data/outcomes/retention.parquet is not in the cache" in lacking


def test_a_next_snapshot_that_routes_otherwise_does_not_tell(compared, opened, monkeypatch):
    drop_candidate_region(opened(MIDDLE))
    state = read_state(compared, MIDDLE)
    assert len(served(state)) == len(USERS)
    other = json.loads(json.dumps(state.manifest))
    other["params"]["edits"]["use_radius"] = False
    monkeypatch.setitem(state.manifest, "params", other["params"])
    with pytest.raises(MissingError, match="an earlier version made"):
        served(state)


def test_outcomes_of_other_windows_are_refused(compared, opened):
    write_probes(opened(LAST), ROUTED[LAST], rows=[0, 1])
    whole = opened(MIDDLE) / "outcomes" / "retention.parquet"
    whole.rename(opened(LAST) / "outcomes" / "retention.parquet")
    with pytest.raises(RefusedError, match="raie snapshot verify"):
        served(read_state(compared, LAST))
