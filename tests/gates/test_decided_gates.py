"""Gates on what a person decided: no rollback is refused for being one, and none brings in anything else."""

import json

import pytest

from raie.gates.artefacts import judge_artefact
from raie.interactions.erased import is_erased, user_digest
from raie.sequences.windows import Windows
from tests.gates import spoiling
from tests.gates.conftest import rule_of


@pytest.fixture
def decided(copied):
    """A night without a delivery made into another kind of run."""

    def make(kind="restore", **night):
        worktree = copied("empty")
        spoiling.document(worktree / "data/night.json", lambda held: held.update(kind=kind, **night))
        return worktree

    return make


def failed(gate, worktree):
    judgement = judge_artefact(gate, worktree)
    return {rule_of(record)[1] for record in judgement.expectations if not record["success"]}


def edits(worktree, *operations):
    lines = [json.dumps({"edit": {"operation": name, "region": region}}) for name, region in operations]
    (worktree / "data/decisions/edits.jsonl").write_text("".join(line + "\n" for line in lines))


def an_id_of_old(worktree):
    """The newest region's id was given out before the snapshot that the run goes on from."""
    spoiling.document(
        worktree / "data/previous/regions/regions.json", lambda held: held.update(next_serial=9)
    )
    spoiling.document(worktree / "data/regions/regions.json", lambda held: held.update(next_serial=9))


def newest_region(worktree):
    held = json.loads((worktree / "data/regions/regions.json").read_text())
    return held["regions"][-1]["id"]


@pytest.mark.parametrize(
    ("kind", "operation", "refused"),
    [("restore", "rollback", False), ("restore", "add", True), ("nightly", "rollback", True)],
)
def test_only_a_rollback_gives_a_region_its_own_id_again(decided, kind, operation, refused):
    worktree = decided(kind, restored="2024-02-29")
    an_id_of_old(worktree)
    edits(worktree, (operation, newest_region(worktree)), ("retire", "r0009"))
    assert ("reused" in failed("regions", worktree)) == refused


def smaller(tensors):
    for name in tensors:
        tensors[name] *= 0.5


def restored_adapters(worktree):
    """Adapters of the earlier snapshot are those that the run holds, all of them untrained."""
    data = worktree / "data"
    spoiling.document(data / "training.json", lambda log: [e.update(trained=False) for e in log.values()])
    spoiling.tensors(data / "adapters/r0001/adapter_model.safetensors", smaller)
    (data / "restored").mkdir()
    (data / "restored/adapters").symlink_to(data / "adapters")
    return worktree


def test_what_a_rollback_brings_back_is_the_earlier_adapter_and_all_else_the_newest(decided):
    whole = restored_adapters(decided(restored="2024-02-29"))
    assert failed("adapters", whole) == set()
    spoiling.document(whole / "data/night.json", lambda held: held.update(restored_region="r0001"))
    assert failed("adapters", whole) == set()
    # r0001 is not the previous snapshot's: it is only right where it was brought back
    spoiling.document(whole / "data/night.json", lambda held: held.update(restored_region="r0002"))
    assert failed("adapters", whole) == {"changed_files"}


@pytest.mark.parametrize(("kind", "lacks"), [("restore", set()), ("nightly", {"sections"})])
def test_only_a_night_has_to_meet_what_arrived(decided, kind, lacks):
    worktree = decided(kind)
    spoiling.document(worktree / "data/metrics.json", lambda held: held.pop("forward"))
    assert failed("metrics", worktree) == lacks


@pytest.mark.parametrize(
    ("taken", "refused"), [(1, set()), (0, {"heldout_changed"}), (2, {"heldout_changed"})]
)
def test_an_erasure_takes_its_users_held_out_windows_and_no_others(decided, taken, refused):
    worktree = decided("erase")
    folder = worktree / "data/histories/heldout"
    held = Windows.load(folder)
    users = sorted(set(held.user_ids.tolist()))
    assert len(users) > 2
    gone = [user_digest(user) for user in users[:taken]]
    held.take(~is_erased(held.user_ids.tolist(), gone)).save(folder)
    asked = [user_digest(users[0])]
    spoiling.document(worktree / "data/night.json", lambda night: night.update(erasure=asked))
    assert failed("sequences", worktree) == refused
