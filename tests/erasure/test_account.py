"""Where a user is and what forgetting them takes, over snapshots of which every kind had them."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from raie.erasure.account import account_by_digest, account_of
from raie.erasure.telling import STAYS, account_document, account_lines, account_rows
from raie.exceptions import MissingError
from raie.interactions.days import append_days
from raie.interactions.erased import user_digest
from raie.interactions.heldout import is_held_out
from raie.interactions.parquetfiles import write_interactions
from raie.interactions.table import TYPES
from raie.params import Params
from raie.snapshots.night import Night
from raie.snapshots.tags import tag_snapshot

DAYS = ["2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04"]
SECONDS = {day: 1_709_251_200 + 86_400 * place for place, day in enumerate(DAYS)}
HELD = next(
    name
    for name in (f"h{number}" for number in range(1000))
    if is_held_out([name], share=Params().sequences.heldout_share, seed=Params().compute.seed)[0]
)
OLD, NEW, LATE, SHORT = "old1", "new1", "late1", "short1"
assert not is_held_out([OLD, NEW, LATE, SHORT], share=Params().sequences.heldout_share, seed=0).any()


def rows(day, *users):
    columns = {
        "user_id": list(users),
        "item_id": [f"i{place}" for place in range(len(users))],
        "timestamp": [SECONDS[day] + place for place in range(len(users))],
        "rating": [float("nan")] * len(users),
    }
    return pd.DataFrame(columns).astype(TYPES)


class Story:
    """Snapshots whose few files lie where they would have been opened."""

    def __init__(self, root):
        self.root, self.previous, self.raw = root, None, None

    def tell(self, night, accepted, decided=(), *, raw=None, params=None):
        """``decided``: user and region, of which r0001 trained; ``raw``: the rows that are left."""
        folder = self.root / ".raie/opened" / night.snapshot
        if raw is None:
            append_days(self.raw, accepted, folder / "raw")
        else:
            append_days(None, raw, folder / "raw")
        self.raw = folder / "raw"
        write_interactions(accepted, folder / "accepted/interactions.parquet")
        if night.goes_on:
            self.decisions(folder / "decisions", decided)
        known = sorted(set().union(*(set(pd.read_parquet(file)["user_id"]) for file in self.raw.iterdir())))
        (folder / "recommendations").mkdir()
        frame = pd.DataFrame({"user_id": pd.Series(known, dtype="str")})
        frame.to_parquet(folder / "recommendations/recommendations.parquet", index=False)
        self.tag(night, Params.model_validate(params or {}))

    def decisions(self, folder, decided):
        folder.mkdir()
        users = [user for user, _ in decided]
        table = pd.DataFrame({"user_id": pd.Series(["someone", *users], dtype="str")})
        table.to_parquet(folder / "decisions.parquet", index=False)
        given = {"row": range(1, len(users) + 1), "region": [region for _, region in decided]}
        pd.DataFrame(given).astype({"row": "int64", "region": "str"}).to_parquet(
            folder / "assignments.parquet", index=False
        )

    def tag(self, night, params):
        artefacts = {"raw": {file.name: "" for file in self.raw.iterdir()}}
        manifest = {
            "night": vars(night) | {"erasure": list(night.erasure)},
            "params": params.model_dump(mode="json"),
            "artefacts": artefacts,
            "training": {"r0001": {"trained": True}, "r0002": {"trained": False}},
        }
        (self.root / "data/manifest.json").write_text(json.dumps(manifest))
        name = night.snapshot
        tag_snapshot(self.root, snapshot=name, previous=self.previous, tracked=["data"], message=name)
        self.previous = name


@pytest.fixture
def story(repository):
    (repository / ".dvc").mkdir()
    (repository / ".dvc/config").write_text("[core]\n    analytics = false\n")
    told = Story(repository)
    told.tell(Night(DAYS[0], kind="construct"), rows(DAYS[0], OLD, OLD, HELD, "someone"))
    told.tell(Night(DAYS[1], kind="nightly"), rows(DAYS[1], NEW, NEW, "someone"), [(NEW, "r0001")])
    told.tell(
        Night(DAYS[2], kind="nightly"),
        rows(DAYS[2], NEW, OLD, LATE, SHORT, HELD),
        [(NEW, "r0002"), (OLD, "r0002"), (LATE, "r0001")],
    )
    return told


@pytest.mark.parametrize(
    ("user", "way", "start", "events"),
    [
        (OLD, "retrain", None, 3),
        (HELD, "drop", None, 2),
        (NEW, "since", DAYS[0], 3),
        (LATE, "since", DAYS[1], 1),
        (SHORT, "drop", None, 1),
    ],
)
def test_the_way_is_the_least_that_is_exact(story, user, way, start, events):
    account = account_of(story.root, user)
    assert (account.way, account.start, account.events) == (way, start, events)
    assert account.held_out == (user == HELD) and account.in_backbone == (user == OLD)
    assert account == account_by_digest(story.root, user_digest(user))


def test_every_snapshot_tells_what_it_holds_and_what_trained(story):
    told = [
        (row["snapshot"], row["new events"], row["held events"], row["sequences"], row["trained"])
        for row in account_rows(account_of(story.root, NEW))
    ]
    assert told == [(DAYS[1], 2, 2, 1, "r0001"), (DAYS[2], 1, 3, 1, "")]
    assert {row["recommended"] for row in account_rows(account_of(story.root, OLD))} == {"yes"}


@pytest.mark.parametrize("kind", ["restore", "erase"])
def test_what_came_between_is_not_undone_by_starting_over(story, kind):
    decided = {"restored": DAYS[1]} if kind == "restore" else {"erasure": (user_digest(SHORT),)}
    left = pd.concat([pd.read_parquet(file) for file in sorted(story.raw.iterdir())])
    night = Night(f"{DAYS[2]}-2", kind=kind, **decided)
    story.tell(night, rows(DAYS[2])[:0], raw=left[left["user_id"] != SHORT].astype(TYPES))
    assert account_of(story.root, NEW).way == "retrain"
    assert account_of(story.root, HELD).way == "drop"


def test_a_new_generation_counts_from_its_own_beginning(story):
    left = pd.concat([pd.read_parquet(file) for file in sorted(story.raw.iterdir())]).astype(TYPES)
    story.tell(Night(DAYS[3], kind="retrain", generation=2), left, raw=left)
    assert account_of(story.root, NEW).way == account_of(story.root, SHORT).way == "retrain"
    assert account_of(story.root, HELD).way == "drop"
    assert account_of(story.root, NEW).traces[-1].held == 3


def test_after_the_erasure_only_the_earlier_snapshots_hold_them(story):
    left = pd.concat([pd.read_parquet(file) for file in sorted(story.raw.iterdir())]).astype(TYPES)
    night = Night(f"{DAYS[2]}-2", kind="erase", erasure=(user_digest(HELD),))
    story.tell(night, rows(DAYS[2])[:0], raw=left[left["user_id"] != HELD])
    account = account_of(story.root, HELD)
    assert (account.way, account.events, account.days) == ("nothing", 0, ())
    assert [trace.held for trace in account.traces] == [1, 1, 2, 0]
    assert f"{DAYS[2]}-2 holds 0 events of the user" in list(account_lines(account))
    with pytest.raises(MissingError, match="no user of the newest snapshot has that digest"):
        account_by_digest(story.root, user_digest(HELD))


def test_what_is_not_at_hand_may_have_learnt_from_them(story):
    (story.root / ".raie/opened" / DAYS[1] / "decisions/decisions.parquet").unlink()
    account = account_of(story.root, LATE)
    assert account.way == "retrain"
    assert [row["files"] for row in account_rows(account)] == ["not at hand", ""]


def test_whoever_is_held_out_was_never_learnt_from_whatever_is_at_hand(story):
    (story.root / ".raie/opened" / DAYS[1] / "decisions/decisions.parquet").unlink()
    assert account_of(story.root, HELD).way == "drop"


def test_held_out_since_is_not_held_out(story):
    left = pd.concat([pd.read_parquet(file) for file in sorted(story.raw.iterdir())]).astype(TYPES)
    everybody = {"sequences": {"heldout_share": 0.999999}}
    story.tell(Night(DAYS[3], kind="nightly"), rows(DAYS[3], OLD), raw=left, params=everybody)
    account = account_of(story.root, OLD)
    assert (account.held_out, account.way) == (False, "retrain")


def test_an_unknown_user_is_said(story):
    with pytest.raises(MissingError, match="no snapshot holds an event of user 'nobody': check the id"):
        account_of(story.root, "nobody")


def test_the_account_reads_as_json_and_as_lines(story):
    account = account_of(story.root, LATE)
    document = json.loads(json.dumps(account_document(account)))
    assert document["digest"] == user_digest(LATE) and document["stays"] == list(STAYS)
    lines = list(account_lines(account))
    assert f"made anew: every night after {DAYS[1]}, as one" in "\n".join(lines)
    assert lines[1] == "adapters that trained on their sequences: r0001"
    begun = list(account_lines(replace(account, in_backbone=True)))
    assert "the present generation began with them" in begun[1]
