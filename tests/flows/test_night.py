"""One run: what is tagged, moved, told and raised, by how its stages and gates end."""

import json

import pytest

from flows.construct import construct
from flows.nightly import nightly
from flows.retrain import retrain
from raie.exceptions import RaieError, RefusedError, TransientError, UsageError
from raie.snapshots.git import git, show
from raie.snapshots.tags import list_candidates, list_snapshots
from tests.flows.conftest import GENESIS, deliver, summary_of

NIGHT, NEXT = "2024-03-01", "2024-03-02"


def inbox(root):
    return sorted(file.name for file in (root / "data/inbox").iterdir() if file.name != ".gitkeep")


def quarantined(root):
    return sorted(
        str(file.relative_to(root / "data/quarantine")) for file in root.glob("data/quarantine/*/*")
    )


def run_document(root, tag):
    return json.loads(show(root, tag, "data/night.json"))


def is_untouched(root):
    """Nothing of a run is left in the checkout, and no work tree."""
    return (
        git(root, "status", "--porcelain") == ""
        and git(root, "worktree", "list").count("\n") == 0
        and not list((root / ".raie/worktrees").glob("*"))
    )


def test_a_promoted_night_is_tagged_its_delivery_taken_and_its_summary_written(constructed, judgements):
    deliver(constructed, "a.csv")
    deliver(constructed, "2024-03-05.csv")
    assert nightly(constructed, NIGHT) == [NIGHT]
    assert list_snapshots(constructed) == [GENESIS, NIGHT]
    assert inbox(constructed) == ["2024-03-05.csv"]
    assert judgements.asked == ["metrics"]
    assert summary_of(constructed, NIGHT)["status"] == "promoted"
    assert is_untouched(constructed)
    this = run_document(constructed, f"snapshot/{NIGHT}")
    assert (this["kind"], this["generation"], this["previous"]) == ("nightly", 1, GENESIS)
    assert run_document(constructed, f"snapshot/{GENESIS}")["kind"] == "construct"


def test_tracking_that_fails_undoes_nothing_and_is_to_be_watched(made):
    # the three stages write nothing that MLflow could be given
    assert list_snapshots(made) == [GENESIS]
    assert any(line.startswith("track: ") for line in summary_of(made, GENESIS)["watch"])


def test_a_retrain_begins_the_next_generation_and_nights_go_on_in_it(constructed):
    deliver(constructed, "a.csv")
    assert retrain(constructed, NIGHT) == NIGHT
    nightly(constructed, NEXT)
    runs = [run_document(constructed, f"snapshot/{date}") for date in (NIGHT, NEXT)]
    assert [(run["kind"], run["generation"]) for run in runs] == [("retrain", 2), ("nightly", 2)]
    assert inbox(constructed) == []
    with pytest.raises(UsageError, match=f"{NEXT} is not after the newest snapshot"):
        retrain(constructed, NEXT)


def test_a_refused_candidate_is_tagged_aside_and_the_champion_stays(constructed):
    deliver(constructed, "poison.csv")
    with pytest.raises(RefusedError, match=f"retention fell .*candidate/{NIGHT}.*data/quarantine/{NIGHT}"):
        nightly(constructed, NIGHT)
    assert list_snapshots(constructed) == [GENESIS]
    assert list_candidates(constructed) == [NIGHT]
    assert inbox(constructed) == []
    assert f"{NIGHT}/poison.csv" in quarantined(constructed)
    reasons = json.loads((constructed / f"data/quarantine/{NIGHT}/reasons.json").read_text())
    assert "retention fell" in json.dumps(reasons)
    assert summary_of(constructed, NIGHT)["status"] == "refused candidate"
    assert is_untouched(constructed)
    assert nightly(constructed, NEXT) == [NEXT]
    assert run_document(constructed, f"snapshot/{NEXT}")["previous"] == GENESIS


def test_a_refused_candidates_date_may_be_tried_again(constructed):
    deliver(constructed, "poison.csv")
    with pytest.raises(RefusedError):
        nightly(constructed, NIGHT)
    (constructed / f"data/quarantine/{NIGHT}/poison.csv").rename(constructed / "data/inbox/poison.csv")
    with pytest.raises(RefusedError, match=f"candidate/{NIGHT}-2"):
        nightly(constructed, NIGHT)


def test_a_delivery_that_the_first_gate_refuses_changes_nothing(constructed):
    deliver(constructed, "broken.csv")
    with pytest.raises(RefusedError, match=f"broken.csv: no table .kept in data/quarantine/{NIGHT}"):
        nightly(constructed, NIGHT)
    assert list_snapshots(constructed) == [GENESIS] and not list_candidates(constructed)
    assert f"{NIGHT}/broken.csv" in quarantined(constructed) and inbox(constructed) == []
    assert summary_of(constructed, NIGHT)["status"] == "refused delivery"
    assert is_untouched(constructed)


def test_what_a_later_gate_refuses_goes_to_quarantine_with_its_reason(constructed, judgements):
    deliver(constructed, "a.csv")
    judgements["metrics"] = "recall: 1.5 is no share; look at evaluate"
    with pytest.raises(RefusedError, match="gate metrics: recall: 1.5 is no share"):
        nightly(constructed, NIGHT)
    assert list_snapshots(constructed) == [GENESIS] and not list_candidates(constructed)
    assert f"{NIGHT}/a.csv" in quarantined(constructed) and inbox(constructed) == []
    assert "1.5 is no share" in (constructed / f"data/quarantine/{NIGHT}/reasons.json").read_text()
    assert is_untouched(constructed)


def test_a_stage_that_fails_leaves_the_delivery_where_it_was(constructed):
    deliver(constructed, "fails.csv")
    with pytest.raises(RaieError, match="^mend it$") as failed:
        nightly(constructed, NIGHT)
    assert not isinstance(failed.value, TransientError)
    assert list_snapshots(constructed) == [GENESIS]
    assert inbox(constructed) == ["fails.csv"] and quarantined(constructed) == []
    assert summary_of(constructed, NIGHT)["status"] == "failed"
    assert is_untouched(constructed)


def test_a_stage_that_is_killed_once_is_run_again(constructed):
    deliver(constructed, "dies.csv")
    assert nightly(constructed, NIGHT) == [NIGHT]
    assert (constructed / ".raie/died").exists()


def test_a_stage_that_is_killed_every_time_fails_after_the_retries(constructed):
    deliver(constructed, "dies-always.csv")
    with pytest.raises(TransientError, match="ingest"):
        nightly(constructed, NIGHT)
    assert (constructed / ".raie/deaths").read_text().count("x") == 2
    assert inbox(constructed) == ["dies-always.csv"]


def test_genesis_is_made_once(constructed):
    with pytest.raises(UsageError, match=f"there is a snapshot already .{GENESIS}"):
        construct(constructed)
