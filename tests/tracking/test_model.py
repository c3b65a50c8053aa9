"""The registered model answers as the snapshot's own run did, and holds no pickle."""

import json
import pickletools
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import yaml

from raie.exceptions import UsageError
from raie.interactions.table import positives
from raie.params import TrackingParams
from raie.tracking.model import SnapshotModel
from raie.tracking.store import tracking_address
from tests.smallsnapshot import PARAMS, interactions
from tests.tracking.conftest import ROOT, SECOND, artifacts_of, runs_of


@pytest.fixture(scope="module")
def model(tracked, tmp_path_factory):
    """The champion, as somebody loads it who knows only the store's address; from elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        patch.setenv("MLFLOW_TRACKING_URI", tracking_address(tracked, TrackingParams()))
        return mlflow.pyfunc.load_model("models:/raie@champion")


@pytest.fixture(scope="module")
def recommended(tracked):
    """What the stage wrote, and so what `raie recommend` prints."""
    return pd.read_parquet(tracked / "data" / "recommendations" / "recommendations.parquet")


def as_lists(frame):
    return frame.assign(items=frame["items"].map(list), scores=frame["scores"].map(list))


def same(left, right):
    pd.testing.assert_frame_equal(as_lists(left), as_lists(right), check_exact=True)


def test_it_recommends_to_the_bit_what_the_snapshot_recommends(model, recommended):
    assert len(recommended) == 40
    same(model.predict(interactions()), recommended)


def test_the_order_of_rows_does_not_matter(model, recommended):
    rows = interactions()
    assert not rows.duplicated(["user_id", "timestamp"]).any()
    same(model.predict(rows.sample(frac=1, random_state=3)), recommended)


def test_a_row_that_is_sent_twice_counts_once(model, recommended):
    rows = interactions()
    same(model.predict(pd.concat([rows, rows.sample(frac=0.5, random_state=5)])), recommended)


def test_a_user_alone_gets_what_everybody_gets_together(model, recommended):
    rows = interactions()
    for user in ("u07", "u23"):
        mine = recommended[recommended["user_id"] == user].reset_index(drop=True)
        same(model.predict(rows[rows["user_id"] == user]), mine)


def test_a_history_in_place_of_everything_differs_only_in_what_was_seen(model):
    """The model knows of a user what it is told."""
    rows = interactions()
    latest = positives(rows.sort_values("timestamp"), PARAMS.data.min_rating).groupby("user_id").tail(4)
    told, all_told = model.predict(latest), model.predict(rows)
    trace = ["user_id", "region", "runner_up", "angle", "radius", "margin", "adapter", "fallback"]
    pd.testing.assert_frame_equal(told[trace], all_told[trace])
    assert told["items"].tolist() != all_told["items"].tolist()


def test_k_and_exclude_seen_are_the_callers(model, recommended):
    rows = interactions()
    short = model.predict(rows, params={"k": 2})
    assert short["items"].map(list).tolist() == recommended["items"].map(lambda row: list(row[:2])).tolist()
    seen = rows.groupby("user_id")["item_id"].agg(set)
    free = model.predict(rows, params={"exclude_seen": False})
    assert any(set(row["items"]) & seen[row["user_id"]] for _, row in free.iterrows())
    assert not any(set(row["items"]) & seen[row["user_id"]] for _, row in recommended.iterrows())


def test_its_signature_names_the_snapshots_defaults(model):
    defaults = {spec.name: spec.default for spec in model.metadata.get_params_schema().params}
    assert defaults == {"k": PARAMS.recommend.k, "exclude_seen": PARAMS.recommend.exclude_seen}
    assert defaults["k"] != 10  # which would be the default of the params


def test_what_it_returns_has_the_columns_of_its_signature(model, recommended):
    outputs = model.metadata.get_output_schema().input_names()
    assert sorted(outputs) == sorted(recommended.columns)


def test_its_own_example_is_answered(model):
    answer = model.predict(model.input_example)
    assert answer["user_id"].tolist() == ["somebody"]
    assert len(answer["items"].iloc[0]) == PARAMS.recommend.k


def test_unknown_items_are_ignored_and_users_of_nothing_else_get_no_row(model, recommended):
    rows = interactions()
    new = pd.DataFrame(
        {"user_id": ["u00", "new"], "item_id": ["x1", "x2"], "timestamp": 10**9, "rating": 5.0}
    )
    same(model.predict(pd.concat([rows, new])), recommended)
    with pytest.raises(UsageError, match="knows no item that they liked, such as 'x1': check the ids"):
        model.predict(new)


def test_without_ratings_every_row_is_a_positive(model, recommended):
    rows = interactions()
    answer = model.predict(rows.drop(columns="rating"))
    assert set(answer["user_id"]) > set(recommended["user_id"]) - {"u40"}
    rated = model.predict(rows.assign(rating=5.0))
    same(answer, rated)


def test_ids_and_ratings_may_be_numbers(model):
    rows = interactions()
    numbered = rows.assign(user_id=rows["user_id"].str[1:].astype(int), rating=rows["rating"].astype(int))
    answer = model.predict(numbered)
    expected = model.predict(rows.assign(user_id=rows["user_id"].str[1:].astype(int).astype(str)))
    same(answer, expected)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda rows: rows.iloc[:0], "no interactions were given"),
        (lambda rows: rows.assign(user_id=[None, *rows["user_id"][1:]]), "line 1, user_id: '' is missing"),
        (lambda rows: rows.assign(timestamp="noon"), "timestamp: 'noon' is not a number; write UTC seconds"),
        (lambda rows: rows.assign(timestamp=float("nan")), "timestamp: '' is missing"),
        (lambda rows: rows.assign(rating="good"), "rating: 'good' is not a number"),
    ],
)
def test_a_table_that_is_wrong_is_refused_in_one_line(model, broken, message):
    with pytest.raises(UsageError, match=message) as refused:
        model.predict(broken(interactions()))
    assert "\n" not in str(refused.value)


def test_a_missing_column_is_named(model):
    rows = interactions().drop(columns="timestamp")
    with pytest.raises(mlflow.MlflowException, match=r"missing inputs \['timestamp'\]"):
        model.predict(rows)
    with pytest.raises(
        UsageError, match="column timestamp is missing, found: user_id, item_id, rating: name it"
    ):
        model.unwrap_python_model().predict(None, rows)


@pytest.mark.parametrize(("k", "message"), [(0, "k = 0"), (1000, "k = 1000: snapshot 2024-03-02 has")])
def test_a_number_of_items_that_cannot_be_is_refused(model, k, message):
    with pytest.raises(UsageError, match=message):
        model.predict(interactions(), params={"k": k})


@pytest.fixture
def folder(store):
    return artifacts_of(runs_of(store)[SECOND]) / "model"


def test_the_model_is_code_and_data_without_a_pickle(folder):
    flavor = yaml.safe_load((folder / "MLmodel").read_text())["flavors"]["python_function"]
    assert flavor["loader_module"] == "mlflow.pyfunc.loaders.code_model"
    assert Path(flavor["model_code_path"]).name == "model.py"
    assert "python_model" not in flavor
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} <= {"", ".json", ".py", ".safetensors", ".txt", ".yaml"}
    assert [file for file in files if is_pickle(file.read_bytes())] == []


def is_pickle(content):
    try:
        return bool(list(pickletools.genops(content)))
    except (ValueError, IndexError):
        return False


def test_it_carries_only_what_answering_needs(folder):
    bundle = folder / "artifacts" / "bundle"
    files = {file.relative_to(bundle).as_posix() for file in bundle.rglob("*") if file.is_file()}
    adapters = {
        f"adapters/r000{n}/{name}"
        for n in (1, 2, 3)
        for name in ("adapter_config.json", "adapter_model.safetensors")
    }
    # whose the entries are stays behind
    entries = {f"regions/datastore/r000{n}/entries.safetensors" for n in (1, 2, 3)}
    odds = {f"adapters/r000{n}/odds.safetensors" for n in (1, 2)}
    assert files == adapters | entries | odds | {
        "backbone/backbone.json",
        "backbone/model.safetensors",
        "backbone/items.safetensors",
        "regions/regions.json",
        "regions/regions.safetensors",
        "histories/vocabulary.json",
        "params.json",
        "snapshot.json",
    }


def test_it_says_who_it_is(folder, store):
    said = json.loads((folder / "artifacts" / "bundle" / "snapshot.json").read_text())
    metadata = yaml.safe_load((folder / "MLmodel").read_text())["metadata"]
    (version,) = store.client.search_model_versions(f"name = 'raie' and tags.tag = '{SECOND}'")
    for name, value in version.tags.items():
        assert said[name] == metadata[name] == value
    assert said["night"]["kind"] == "nightly"


ANSWER_ALONE = """
import json, sys, mlflow.pyfunc
model = mlflow.pyfunc.load_model(sys.argv[1])
model.predict(model.input_example)
print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))
"""


def test_its_requirements_are_pinned_and_cover_what_it_imports(folder):
    lines = (folder / "requirements.txt").read_text().splitlines()
    pinned = {line.partition("==")[0]: line.partition("==")[2] for line in lines}
    assert pinned == {name: version(name).partition("+")[0] for name in pinned}
    command = [sys.executable, "-c", ANSWER_ALONE, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = set(json.loads(done.stdout.splitlines()[-1]))
    makers = packages_distributions()
    used = {name.lower() for module in imported for name in makers.get(module, [])}
    direct = {re.split(r"[^\w-]", line)[0] for line in requires("raie") if "extra ==" not in line}
    # what MLflow itself brings along needs no line of its own
    assert used & direct - set(pinned) <= {"sqlalchemy", "rich", "fastapi"}
    assert imported >= {"torch", "raie"}
    assert not imported & {"dvc", "peft", "prefect", "great_expectations"}


def test_the_code_is_this_rooms(folder):
    source = Path(__import__("raie.tracking.model", fromlist=["x"]).__file__)
    assert (folder / "model.py").read_bytes() == source.read_bytes()
    assert issubclass(SnapshotModel, mlflow.pyfunc.PythonModel)


def test_it_works_wherever_its_folder_lies(folder, tmp_path, recommended):
    """Nothing in it leads back to the repository."""
    shutil.copytree(folder, tmp_path / "moved")
    same(mlflow.pyfunc.load_model(str(tmp_path / "moved")).predict(interactions()), recommended)
