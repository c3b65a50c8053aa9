"""The commands of dvc.yaml and the gates between them, over genesis and a night, by every backbone."""

import json
import runpy
import shlex
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest
import yaml

from raie.backbones.files import WEIGHTS
from raie.gates.artefacts import GATES, judge_artefact
from raie.interactions.days import day_file
from raie.interactions.prepare import prepare
from raie.params import load_params
from raie.sequences.histories import Histories
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.ledger import parse_entries
from raie.snapshots.lock import CHECKPOINTS
from raie.snapshots.night import Night
from raie.snapshots.pointers import CARRIED
from raie.snapshots.recommending import recommend_users
from raie.snapshots.serving import ServedSnapshot
from raie.stages.artefacts import HISTORIES, VOCABULARY

ROOT = Path(__file__).parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
BACKBONES = {
    "bert4rec": {"name": "bert4rec"},
    "tisasrec": {"name": "tisasrec"},
    "openp5": {"name": "openp5"},
}
"""SASRec, the default, is what all other tests of stages and flows run on."""
SMALL = {
    "synthetic": {"n_users": 80, "events_per_user": 20, "events_per_night": 300, "n_nights": 1},
    "backbone": {"dim": 16, "n_layers": 1},
    "pretrain": {"epochs": 2, "new_item_epochs": 1},
    "adapters": {"rank": 2, "epochs": 1},
    "compute": {"device": "cpu"},
}


def run(name):
    """Run a stage's own command, in this process; what it made before is taken away first, as DVC does."""
    for out in STAGES[name]["outs"]:
        path = Path(*out) if isinstance(out, dict) else Path(out)
        if path.is_dir():
            shutil.rmtree(path)
    module, *arguments = shlex.split(STAGES[name]["cmd"])[2:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module, *arguments])
        patch.delitem(sys.modules, module, raising=False)
        runpy.run_module(module, run_name="__main__")
    if name in GATES:
        judgement = judge_artefact(GATES[name], Path())
        assert judgement.passed, judgement.headline()


def make(night, delivery):
    """Lay out what a run starts from, as the work tree of a flow does, and run every stage."""
    for folder in ("previous", "restored"):
        for name in CARRIED:
            Path("data", folder, name).mkdir(parents=True, exist_ok=True)
    if night.previous:
        for name in CARRIED:
            shutil.copytree(Path("data", name), Path("data/previous", name), dirs_exist_ok=True)
    shutil.rmtree("data/inbox", ignore_errors=True)
    Path("data/inbox").mkdir()
    shutil.copy(delivery, "data/inbox")
    Path("data/night.json").write_text(json.dumps(asdict(night)))
    for name in STAGES:
        run(name)


@pytest.fixture(scope="module", params=BACKBONES)
def made(request, tmp_path_factory):
    """The folder after both runs, with the night's metrics and what it trained."""
    folder = tmp_path_factory.mktemp(request.param)
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for section, values in {**SMALL, "backbone": {**SMALL["backbone"], **BACKBONES[request.param]}}.items():
        params[section].update(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv(CHECKPOINTS, str(folder / "checkpoints"))
        (folder / "params.yaml").write_text(yaml.safe_dump(params))
        shutil.copy(ROOT / "requirements.lock", folder)
        read = load_params()
        prepared = prepare(
            read.data,
            read.synthetic,
            seed=0,
            out=folder / "prepared",
            genesis_until=None,
            setup_quantile=read.nights.setup_quantile,
        )
        make(Night("2024-02-29", "2024-02-29"), prepared.genesis)
        shutil.copytree("data/backbone", "genesis")
        day = prepared.days[0]
        make(Night(day, day, "2024-02-29", kind="nightly"), day_file(folder / "prepared", day))
        yield folder


def test_a_night_trains_touched_regions_on_the_frozen_backbone(made):
    training = json.loads((made / "data/training.json").read_text())
    assert any(entry["trained"] for entry in training.values())
    before, after = (folder / WEIGHTS for folder in (made / "genesis", made / "data/backbone"))
    assert before.read_bytes() == after.read_bytes()


def test_the_night_is_judged_and_told(made):
    assert json.loads((made / "data/metrics.json").read_text())["forward"]["windows"] > 0
    entries = parse_entries((made / "data/ledger.jsonl").read_text())
    assert "update" in {entry["edit"]["operation"] for entry in entries}


def test_everybody_gets_items_and_the_files_alone_serve_them_again(made):
    stored = pd.read_parquet(made / "data/recommendations/recommendations.parquet")
    folders = {name: made / "data" / name for name in ("backbone", "regions", "adapters")}
    served = ServedSnapshot.load(**folders, params=load_params(made / "params.yaml"))
    current = Histories.load(made / "data/histories" / HISTORIES, length=20).latest(20)
    vocabulary = Vocabulary.load(made / "data/histories" / VOCABULARY)
    again = recommend_users(served, vocabulary, current, k=10, exclude_seen=False)
    assert stored["user_id"].tolist() == again["user_id"].tolist()
    assert stored["region"].tolist() == again["region"].tolist()
    assert (again["items"].map(len) == 10).all()
