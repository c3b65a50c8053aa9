"""Runs over time: score first, then learn, and go on after any kill."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from raie.exceptions import MissingError, UsageError
from raie.experiments.cells.fill import fill_cell
from raie.experiments.cells.scoring import ranks_of
from raie.experiments.cells.store import backbone_home, cell_path
from raie.experiments.periods.material import load_shared, material_of, parts_of
from raie.experiments.periods.reading import read_periods, read_periods_cell
from raie.experiments.periods.record import retained_part, scored_part
from raie.experiments.periods.run import evolving, plan_periods, run_periods
from raie.experiments.periods.walk import walk
from raie.methods.contract import Method
from raie.methods.frozen import BackboneRanker
from raie.methods.registry import METHODS

NAMES = ("frozen", "lora")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tmp_path_factory.mktemp("periods")


def all_done(folder, question, names=NAMES, seeds=(0, 1), workers=1):
    done = run_periods(plan_periods(names, seeds), folder, question, workers=workers)
    return [task.name for task in done]


@pytest.fixture
def cells(made, asked):
    all_done(made, asked)
    return made


def written(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_cell_tells_every_part(cells, asked):
    record = read_periods_cell(cell_path(cells, asked, "lora", 1), asked).record
    assert len(record.periods) == 5
    assert len(record.counted) == 3
    assert len(record.retention) == 6
    assert [(period.steps, period.examples) for period in record.periods] == [(2, 60)] * 5
    assert record.cost.examples == 300
    assert len(record.trials) == len(METHODS["lora"].grid)
    assert record.settings in [trial.settings for trial in record.trials]
    ranks = pd.read_parquet(cell_path(cells, asked, "lora", 1).with_suffix(".parquet"))
    for number, period in enumerate(record.periods, start=1):
        mine = ranks[ranks["part"] == scored_part(number)]
        assert len(mine) == period.scored == 50
        assert period.recall_at_10 == pytest.approx((mine["rank"] <= 10).mean())
        kept = ranks.loc[ranks["part"] == retained_part(number), "rank"]
        assert period.retention.recall_at_10 == pytest.approx((kept <= 10).mean())


def test_the_frozen_base_serves_first_and_forgets_nothing(cells, asked):
    frozen, lora = (read_periods_cell(cell_path(cells, asked, name, 0), asked) for name in NAMES)
    assert len({score.recall_at_10 for score in frozen.record.retention}) == 1
    assert frozen.record.before == lora.record.before
    for part in (scored_part(1), retained_part(0)):
        assert np.array_equal(frozen.windows.of(part).rank, lora.windows.of(part).rank)
    assert not np.array_equal(frozen.windows.of("scored-5").rank, lora.windows.of("scored-5").rank)


def test_a_part_is_scored_by_what_learnt_the_parts_before_it(cells, asked):
    parts, backbone = parts_of(asked, 1), load_shared(cells, asked, 1)
    cell = read_periods_cell(cell_path(cells, asked, "lora", 1), asked)
    fitted = None
    for place, part in enumerate(parts.parts):
        ranker = fitted.ranker if fitted else BackboneRanker(backbone)
        assert np.array_equal(cell.windows.of(scored_part(place + 1)).rank, ranks_of(ranker, part.scored))
        material = material_of(backbone, asked, parts, place, 1)
        fitted = METHODS["lora"].fit(material, cell.record.settings, fitted)


def test_a_method_sees_parts_in_order_and_what_it_was(cells, asked):
    parts, backbone, seen = parts_of(asked, 1), load_shared(cells, asked, 1), []

    def learn(material, settings, before=None):
        seen.append((material.finetune.label_times.max(), before))
        return METHODS["frozen"].fit(material, settings)

    periods = list(walk(Method("watched", learn, evolves=True), {}, backbone, asked, parts, 1))
    times, befores = zip(*seen, strict=True)
    assert sorted(times) == list(times)
    assert befores == (None, *(period.fitted for period in periods[:-1]))


def test_backbones_are_shared_with_cells(cells, asked, question, tmp_path):
    assert backbone_home(cells, question, 0).is_dir()
    assert not backbone_home(cells, asked, 0).exists()
    shutil.copytree(cells, tmp_path / "both")
    before = written(backbone_home(tmp_path / "both", question, 0))
    fill_cell(tmp_path / "both", question, "frozen", 0)
    assert written(backbone_home(tmp_path / "both", question, 0)) == before


def test_what_is_done_is_not_done_again(cells, asked):
    before = written(cells)
    assert len(all_done(cells, asked)) == sum(map(len, plan_periods(NAMES, (0, 1))))
    assert written(cells) == before


def test_what_a_kill_left_is_kept_and_the_rest_is_made_the_same(cells, asked):
    kept, torn, lost = (
        cell_path(cells, asked, name, seed) for name, seed in (("frozen", 0), ("lora", 0), ("lora", 1))
    )
    whole, ranks = torn.with_suffix(".parquet").read_bytes(), lost.with_suffix(".parquet").read_bytes()
    torn.with_suffix(".parquet").write_bytes(whole[:100])
    lost.unlink()
    before = written(kept.parent)
    all_done(cells, asked)
    assert written(kept.parent) == before
    assert torn.with_suffix(".parquet").read_bytes() == whole
    assert lost.with_suffix(".parquet").read_bytes() == ranks


def test_workers_give_what_one_process_gives(cells, asked, tmp_path):
    shutil.copytree(cells / asked.base.folder / "backbones", tmp_path / asked.base.folder / "backbones")
    all_done(tmp_path, asked, seeds=(0,), workers=2)
    for name in NAMES:
        one, two = (cell_path(folder, asked, name, 0).with_suffix(".parquet") for folder in (cells, tmp_path))
        assert one.read_bytes() == two.read_bytes()


def test_methods_that_do_not_evolve_are_refused_in_one_line():
    with pytest.raises(
        UsageError, match=r"^lsat, retrain cannot go on .*choose from popular-7-days, frozen"
    ) as refused:
        plan_periods(("lora", "lsat", "retrain"), (0,))
    assert "\n" not in str(refused.value)
    assert set(evolving()) == {name for name, method in METHODS.items() if method.evolves}


def test_cells_of_another_question_are_refused(cells, asked):
    other = asked.model_copy(update={"periods": asked.periods.model_copy(update={"max_scored": 40})})
    with pytest.raises(UsageError, match=r"cells of another question \(periods differs\)"):
        all_done(cells, other, names=("frozen",))


def test_a_cell_that_is_missing_or_broken_says_so(cells, asked, tmp_path):
    with pytest.raises(MissingError, match="lora, seed 7 is missing: run the experiment again"):
        read_periods(cells, asked, ("lora",), (7,))
    shutil.copytree(cells, tmp_path / "broken")
    path = cell_path(tmp_path / "broken", asked, "lora", 0)
    document = json.loads(path.read_text())
    for change, words in (
        (
            {"periods": [{**document["periods"][0], "recall_at_10": 0.99}, *document["periods"][1:]]},
            "by its ranks",
        ),
        ({"mood": 1}, "mood"),
        ({"periods": document["periods"][:4]}, "part 'retained-5'|part 'scored-5'"),
    ):
        path.write_text(json.dumps(document | change))
        with pytest.raises(UsageError, match=words):
            read_periods_cell(path, asked)
