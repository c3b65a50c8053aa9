"""Whether there is a way back, told from tags that hold nothing but manifests and ledgers."""

import json

import numpy as np
import pytest

from raie.exceptions import MissingError, UsageError
from raie.snapshots.ledger import chain, head_of, write_entries
from raie.snapshots.night import GENESIS_HASH
from raie.snapshots.rollback import check_rollback
from raie.snapshots.tags import tag_candidate, tag_snapshot
from tests.conftest import an_edit, records_of

DAYS = [f"2024-03-0{day}" for day in range(1, 7)]


@pytest.fixture
def told(repository, rng):
    """Tag a snapshot per list of edits, each (operation, region, parent or snapshot)."""

    def tell(*nights, regions=("r0001", "r0002", "r0003"), **of_night):
        previous, head = None, GENESIS_HASH
        for number, (day, edits) in enumerate(zip(DAYS, nights, strict=False)):
            made = [edit_of(rng, *edit) for edit in edits]
            entries = chain(made, head=head)
            head = head_of(entries, head=head)
            night = {"snapshot": day, "generation": 1} | of_night.get(f"night_{number + 1}", {})
            manifest = {"night": night, "training": dict.fromkeys(regions, {}), "ledger_head": head}
            write_entries(repository / "data/ledger.jsonl", entries)
            (repository / "data/manifest.json").write_text(json.dumps(manifest))
            tag_snapshot(repository, snapshot=day, previous=previous, tracked=["data"], message=day)
            previous = day
        return repository

    return tell


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def edit_of(rng, operation, region, other=None):
    parents = (other,) if operation == "merge" else ()
    (record,) = records_of([an_edit(operation, region, rng, parents=parents)], "2024-03-01")
    if operation == "rollback":
        record["edit"]["restored_from"] = other
    return record


def test_any_earlier_snapshot_of_the_generation_will_do(told):
    root = told([], [], [])
    for name in ("2024-03-01", "2024-03-02", "snapshot/2024-03-02"):
        assert check_rollback(root, name, None) == name.removeprefix("snapshot/")
    assert check_rollback(root, "2024-03-01", "r0003") == "2024-03-01"


@pytest.mark.parametrize(
    ("name", "region", "error", "line"),
    [
        ("2024-03-03", None, UsageError, "2024-03-03 is the newest snapshot: name an earlier one"),
        ("2024-03-04", None, MissingError, "no snapshot 2024-03-04: the newest are 2024-03-01"),
        ("../x", None, UsageError, "is not a date"),
        (
            "candidate/2024-03-02",
            None,
            UsageError,
            "candidate/2024-03-02 was refused: roll back to a snapshot",
        ),
        ("2024-03-01", "r0009", MissingError, "no region r0009 in snapshot 2024-03-01: it has r0001, r0002"),
    ],
)
def test_what_cannot_be_gone_back_to_is_said(told, name, region, error, line):
    root = told([], [], [])
    tag_candidate(root, snapshot="2024-03-02", previous=None, tracked=["data"], message="refused")
    with pytest.raises(error, match=line):
        check_rollback(root, name, region)


def test_another_generation_is_another_backbone(told):
    root = told([], [], [], night_2={"generation": 2}, night_3={"generation": 2})
    with pytest.raises(UsageError, match="2024-03-01 is of generation 1, the newest of 2: .*raie retrain"):
        check_rollback(root, "2024-03-01", None)
    assert check_rollback(root, "2024-03-02", None) == "2024-03-02"


def test_what_was_erased_does_not_come_back(told):
    root = told([], [], [], [], night_3={"erasure": ["00"]})
    for region in (None, "r0001"):
        with pytest.raises(UsageError, match="2024-03-02 holds events that 2024-03-03 erased"):
            check_rollback(root, "2024-03-02", region)
        assert check_rollback(root, "2024-03-03", region) == "2024-03-03"


MERGED = [[], [], [("merge", "r0001", "r0002")]]
CHAINED = [[], [("merge", "r0002", "r0003")], [("merge", "r0001", "r0002")]]


@pytest.mark.parametrize(
    ("nights", "region", "holder"),
    [
        ([*MERGED, []], "r0002", "r0001"),
        ([*MERGED, [("merge", "r0001", "r0003")]], "r0002", "r0001"),
        ([*CHAINED, []], "r0003", "r0001"),
        ([*CHAINED, []], "r0002", "r0001"),
        # back to a state in which it was merged already
        ([*MERGED, [], [("rollback", "r0001", "2024-03-03")]], "r0002", "r0001"),
    ],
)
def test_evidence_that_another_region_holds_is_not_brought_back_twice(told, nights, region, holder):
    root = told(*nights, [])
    with pytest.raises(UsageError, match=f"{region} was merged into {holder} after 2024-03-01: .*as a whole"):
        check_rollback(root, "2024-03-01", region)
    assert check_rollback(root, "2024-03-01", None) == "2024-03-01"


@pytest.mark.parametrize(
    ("nights", "region"),
    [
        ([*MERGED, []], "r0001"),
        ([*MERGED, []], "r0003"),
        ([[], [("retire", "r0002")]], "r0002"),
        ([*MERGED, [("retire", "r0001")]], "r0002"),
        ([*MERGED, [("rollback", "r0001", "2024-03-02")]], "r0002"),
        ([*MERGED, [("rollback", "r0001", "2024-03-01"), ("rollback", "r0002", "2024-03-01")]], "r0002"),
        ([[("merge", "r0001", "r0002")], []], "r0002"),
    ],
)
def test_evidence_that_nobody_holds_may_come_back(told, nights, region):
    assert check_rollback(told(*nights, []), "2024-03-01", region) == "2024-03-01"
