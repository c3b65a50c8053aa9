"""Runs of the experiment: what is done is kept, what is missing is made, whatever came between."""

import json
import shutil

import pandas as pd
import pytest

from raie.exceptions import MissingError, UsageError
from raie.experiments.cells.fill import fill_cell
from raie.experiments.cells.material import train_backbone
from raie.experiments.cells.question import content_of
from raie.experiments.cells.run import plan, run
from raie.experiments.cells.store import cell_path, read_document
from raie.experiments.cells.trials import chosen_settings, read_trials
from raie.experiments.tables.record import PARTS
from raie.methods.registry import METHODS

NAMES = ("frozen", "lora", "raie")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tmp_path_factory.mktemp("cells")


def all_done(folder, question, seeds=(0, 1), workers=1, names=NAMES):
    return [task.name for task in run(plan(names, seeds), folder, question, workers=workers)]


def written(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def cells(made, question):
    all_done(made, question)
    return made


def test_the_work_comes_in_waves():
    backbones, trials, cells = plan(NAMES, (3, 4))
    assert [task.name for task in backbones] == ["backbone, seed 0", "backbone, seed 3", "backbone, seed 4"]
    assert len(trials) == 2 * len(METHODS["lora"].grid)
    assert [task.name for task in cells[:3]] == ["frozen, seed 3", "lora, seed 3", "raie, seed 3"]


def test_without_a_choice_there_is_no_trial():
    backbones, trials, _ = plan(("frozen", "popular-7-days"), (3,))
    assert [task.name for task in backbones] == ["backbone, seed 3"]
    assert trials == []


def test_a_cell_tells_what_it_was_and_took(cells, question):
    document = json.loads(cell_path(cells, question, "lora", 1).read_text())
    assert (document["method"], document["seed"], document["dataset"]) == ("lora", 1, "circle")
    assert len(document["trials"]) == len(METHODS["lora"].grid)
    windows = document["protocol"]["windows"]
    assert document["cost"]["examples"] == windows["finetune"]
    assert document["cost"]["steps"] == -(-windows["finetune"] // 32)
    ranks = pd.read_parquet(cell_path(cells, question, "lora", 1).with_suffix(".parquet"))
    assert ranks["part"].value_counts().to_dict() == {part: windows[part] for part in PARTS}
    hits = (ranks.loc[ranks["part"] == "test", "rank"] <= 10).mean()
    assert document["scores"]["test"]["recall_at_10"] == pytest.approx(hits)


def test_the_best_trial_is_taken(cells, question):
    trials = read_trials(cells, question, METHODS["lora"])
    best = max(trial["recall_at_10"] for trial in trials)
    chosen = chosen_settings(METHODS["lora"], trials)
    assert dict(chosen) in [trial["settings"] for trial in trials if trial["recall_at_10"] == best]
    document = json.loads(cell_path(cells, question, "lora", 0).read_text())
    assert document["settings"] == dict(chosen)


def test_a_cell_tells_of_the_trials_that_chose_its_settings(cells, question):
    """Trials may be made anew and choose what was chosen: the cell stays, and tells of the new ones."""
    path = cell_path(cells, question, "lora", 1)
    document = json.loads(path.read_text())
    stale = [{**trial, "recall_at_10": 0.0} for trial in document["trials"]]
    cost = {**document["cost"], "tuning_seconds": 1.0}
    path.write_text(json.dumps({**document, "trials": stale, "cost": cost}))
    ranks = path.with_suffix(".parquet").stat().st_mtime_ns
    all_done(cells, question)
    assert json.loads(path.read_text()) == document
    assert path.with_suffix(".parquet").stat().st_mtime_ns == ranks


def test_what_is_done_is_not_done_again(cells, question):
    before = written(cells)
    names = all_done(cells, question)
    assert len(names) == sum(map(len, plan(NAMES, (0, 1))))
    assert written(cells) == before


def test_what_is_lost_is_made_again_and_is_the_same(cells, question):
    path = cell_path(cells, question, "raie", 1)
    ranks = path.with_suffix(".parquet").read_bytes()
    path.unlink()
    torn = cell_path(cells, question, "lora", 1).with_suffix(".parquet")
    whole = torn.read_bytes()
    torn.write_bytes(whole[:100])
    path.with_name("trials").joinpath("2.json").write_text("{ broken")
    all_done(cells, question)
    assert path.with_suffix(".parquet").read_bytes() == ranks
    assert torn.read_bytes() == whole


def test_another_question_is_answered_anew(cells, question, tmp_path):
    other = question.model_copy(update={"epochs": 2})
    assert other.digest != question.digest
    assert read_document(cell_path(cells, question, "frozen", 0), other) is None
    with pytest.raises(UsageError, match=r"cells of another question \(epochs differs\): use another --out"):
        all_done(cells, other, names=("frozen",))
    moved = question.model_copy(update={"file": tmp_path / "moved.tsv"})
    assert moved.digest == question.digest
    shutil.copyfile(question.file, moved.file)
    assert content_of(moved.file) == question.content
    moved.file.write_text(question.file.read_text() + "u1\ti1\t1700000000\n")
    assert content_of(moved.file) != question.content


def test_workers_give_what_one_process_gives(cells, question, tmp_path):
    all_done(tmp_path, question, seeds=(0,), workers=2)
    for name in NAMES:
        one, two = (
            cell_path(folder, question, name, 0).with_suffix(".parquet") for folder in (cells, tmp_path)
        )
        assert one.read_bytes() == two.read_bytes()


def test_a_cell_without_its_trials_says_so(question, tmp_path):
    train_backbone(tmp_path, question, 0)
    with pytest.raises(MissingError, match="trial 0 of lora is missing: run the experiment again"):
        fill_cell(tmp_path, question, "lora", 0)


def test_nothing_to_do_is_refused():
    for names, seeds in (((), (0,)), (("lora",), ())):
        with pytest.raises(UsageError, match="at least one method and one seed"):
            plan(names, seeds)
    with pytest.raises(UsageError, match="no method 'lore'"):
        plan(("lore",), (0,))
