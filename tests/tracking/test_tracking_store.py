"""Where the store lies, and what an operator reads when it does not answer."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from raie.exceptions import RaieError, TransientError, UsageError
from raie.params import TrackingParams
from raie.tracking.store import every_page, tracking_address
from raie.tracking.track import track, untracked
from tests.tracking.conftest import SECOND

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sqlite:///mlflow.db", "sqlite:////repo/mlflow.db"),
        ("sqlite:///a/b.db", "sqlite:////repo/a/b.db"),
        ("sqlite:////srv/mlflow.db", "sqlite:////srv/mlflow.db"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_a_relative_file_is_taken_inside_the_repository(monkeypatch, uri, expected):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert tracking_address(Path("/repo"), TrackingParams(uri=uri)) == expected


def test_the_environment_goes_before_the_params(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    assert tracking_address(Path("/repo"), TrackingParams()) == "http://elsewhere"


def test_the_operators_params_name_the_store_not_those_of_the_tag(repository):
    shutil.copyfile(repository / "mlflow.db", repository / "other.db")
    (repository / "params.yaml").write_text("tracking: {uri: 'sqlite:///other.db', model: another}\n")
    track(repository, SECOND)
    assert SECOND not in untracked(repository)
    (repository / "params.yaml").write_text("tracking: {uri: 'sqlite:///other.db'}\n")
    assert SECOND in untracked(repository)  # it is no version of the model "raie"


def test_bad_params_are_refused_before_anything_is_recorded(repository):
    (repository / "params.yaml").write_text("tracking: {uri: 3}\n")
    with pytest.raises(UsageError, match=r"tracking.uri"):
        track(repository, SECOND)


def test_a_server_that_does_not_answer_is_one_line_and_worth_another_try(repository, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(TransientError, match=r"^MLflow: .*; snapshots stand") as failed:
        track(repository, SECOND)
    assert "\n" not in str(failed.value)


def test_what_the_store_refuses_is_one_line_and_not_tried_again(repository):
    (repository / "params.yaml").write_text("tracking: {model: 'a/b'}\n")
    with pytest.raises(RaieError, match=r"^MLflow: .*a/b") as failed:
        track(repository, SECOND)
    assert not isinstance(failed.value, TransientError)


def test_all_pages_are_read(store):
    def two_at_once(*query, page_token):
        return store.client.search_runs(*query, max_results=2, page_token=page_token)

    paged = [run.info.run_id for run in every_page(two_at_once, [store.experiment])]
    assert len(paged) == len(set(paged)) == 7  # three tags, and two regions of two of them


def test_importing_the_room_needs_neither_mlflow_nor_torch():
    code = "import sys, raie.tracking.track; print(sorted({'mlflow', 'torch', 'peft'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_recording_the_first_night_ever_needs_no_torch_and_says_nothing(repository):
    (repository / "mlflow.db").unlink()
    code = "import sys; from pathlib import Path; from raie.tracking.track import track\n"
    code += f"track(Path({str(repository)!r}), {SECOND!r}); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
