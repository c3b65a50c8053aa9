"""A candidate that unlearns is refused: kept, named, explained, and the champion stays."""

import json
import shutil

import pytest
from mlflow import MlflowClient

from raie.snapshots.tags import list_candidates, list_snapshots
from tests.end_to_end.commands import git, run_raie
from tests.end_to_end.test_refused_deliveries import set_params

pytestmark = pytest.mark.end_to_end

BEFORE, NIGHT, NEXT = "2024-03-03", "2024-03-04", "2024-03-05"
ANY_LOSS = {"max_recall_loss": 1.0, "max_retention_loss": 1.0, "max_region_loss": 1.0}
NO_LOSS = {**dict.fromkeys(ANY_LOSS, 0.0), "confidence": 0.05}
"""Sixteen held-out users prove little: here any loss counts."""


@pytest.fixture(scope="module")
def operator(repository, tmp_path_factory):
    """A night whose adapters learn at a wild rate."""
    folder = tmp_path_factory.mktemp("refused") / "project"
    shutil.copytree(repository, folder, symlinks=True)
    calm = (folder / "params.yaml").read_text()
    wild = {"learning_rate": 0.2, "epochs": 2}
    set_params(folder, adapters=wild, gates__adapters={"max_norm": 1e6}, promotion=NO_LOSS)
    done = run_raie(folder, "nightly", "--date", NIGHT)
    assert done.returncode == 1, done.stdout + done.stderr
    (folder / "params.yaml").write_text(calm)
    set_params(folder, promotion=ANY_LOSS)
    return folder


def test_the_champion_stays(operator):
    assert list_snapshots(operator)[-1] == BEFORE
    assert champion(operator) == BEFORE


def test_the_candidate_is_kept_and_explained(operator):
    assert list_candidates(operator) == [NIGHT]
    verdict = json.loads(git(operator, "show", f"candidate/{NIGHT}:data/gates/promotion.json"))
    assert not verdict["promoted"]
    refused = [check for check in verdict["checks"] if not check["passed"]]
    assert refused and all(
        check["high"] < 0 and check["difference"] < -check["max_loss"] for check in refused
    )
    parent = git(operator, "rev-parse", f"candidate/{NIGHT}^2")
    assert parent == git(operator, "rev-parse", f"snapshot/{BEFORE}^{{commit}}")


def test_its_delivery_lies_in_quarantine(operator):
    (kept,) = (operator / "data/quarantine").rglob(f"{NIGHT}.parquet")
    reasons = json.loads((kept.parent / "reasons.json").read_text())
    assert "retention" in json.dumps(reasons) or "held-out" in json.dumps(reasons)


def test_the_summary_says_so(operator):
    summary = json.loads((operator / f"reports/{NIGHT}/summary.json").read_text())
    assert summary["status"] == "refused candidate"
    assert summary["watch"]


def test_the_next_night_goes_on_from_the_champion(operator):
    done = run_raie(operator, "nightly", "--date", NEXT)
    assert done.returncode == 0, done.stdout + done.stderr
    night = json.loads(git(operator, "show", f"snapshot/{NEXT}:data/night.json"))
    assert night["previous"] == BEFORE
    assert champion(operator) == NEXT


def champion(operator):
    client = MlflowClient(f"sqlite:///{operator / 'mlflow.db'}")
    return client.get_model_version_by_alias("raie", "champion").tags["snapshot"]
