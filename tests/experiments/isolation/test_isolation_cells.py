"""Cells on isolation: kept, found again, summed up, and as typed."""

import dataclasses
import json

import pytest
from typer.testing import CliRunner

from raie.cli import App
from raie.exceptions import MissingError, UsageError
from raie.experiments.cells.store import cell_path, trial_path, write_document
from raie.experiments.isolation.reading import read_isolation, read_isolation_cell
from raie.experiments.isolation.run import plan_isolation, run_isolation
from raie.experiments.isolation.sheet import isolation_sheet_of
from raie.experiments.isolation.table import isolation_table_of
from raie.experiments.isolation.variants import VARIANTS, settings_of, variant_named
from raie.experiments.tables import document, html, latex, markdown
from raie.methods.registry import METHODS

NAMES = ("frozen", "lora")


@pytest.fixture
def cells(made, asked):
    list(run_isolation(plan_isolation(NAMES, (0, 1)), made, asked, workers=1))
    return read_isolation(made, asked, NAMES, (0, 1))


def written(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_what_is_done_is_not_done_again(cells, made, asked):
    before = written(made)
    lost = cell_path(made, asked, "frozen", 1)
    text = json.loads(lost.read_text())
    lost.unlink()
    done = [task.name for task in run_isolation(plan_isolation(NAMES, (0, 1)), made, asked, workers=1)]
    assert done[2:] == ["frozen, seed 0", "lora, seed 0", "frozen, seed 1", "lora, seed 1"]
    changed = {path for path, time in written(made).items() if before[path] != time}
    assert changed == {lost}
    again = json.loads(lost.read_text())
    for each in (text, again):
        each["cost"].pop("seconds"), each["cost"].pop("peak_memory_bytes")
    assert again == text


def test_a_cell_tells_all(cells, asked):
    frozen, _, lora, _ = cells
    assert (len(lora.returns), len(lora.moved), lora.n_groups) == (2, 6, 3)
    assert lora.settings == METHODS["lora"].settings()
    assert [each.loss for each in frozen.returns] == [0.0, 0.0]
    assert (frozen.poison.lists_changed, frozen.rollback.others_changed) == (0.0, 0.0)
    assert lora.cost.examples == 8 * 48


def test_settings_are_those_that_trials_over_time_chose(tmp_path, asked):
    variant, grid = variant_named("raie@shared_evolves=0"), METHODS["raie"].grid
    assert settings_of(tmp_path, asked, variant) == (METHODS["raie"].settings({"shared_evolves": 0}), 0)
    for number, settings in enumerate(grid):
        scores = {"recall_at_10": 0.1 * (number == 2), "ndcg_at_10": 0.0, "seconds": 1.0}
        told = {"question": asked.over_time.digest, "settings": settings, **scores}
        write_document(trial_path(tmp_path, asked.over_time, "raie", number), told)
    assert settings_of(tmp_path, asked, variant) == ({**grid[2], "shared_evolves": 0}, 4)


def test_means_and_differences_are_over_seeds(cells):
    table = isolation_table_of(cells, order=("lora", "frozen"))
    lora, frozen = table.rows
    assert (lora.method, frozen.method, lora.against_lora) == ("lora", "frozen", {})
    mine = [cell for cell in cells if cell.method == "lora"]
    losses = [sum(each.loss for each in cell.returns) / 2 for cell in mine]
    assert lora.means["absence_loss"].value == pytest.approx(sum(losses) / 2)
    half_width = 12.706204736432095 * abs(losses[0] - losses[1]) / 2
    assert lora.means["absence_loss"].half_width == pytest.approx(half_width)
    assert frozen.against_lora["absence_loss"].value == pytest.approx(-sum(losses) / 2)
    assert lora.means["lists_changed"].value > 0


def test_every_rendering_tells_the_protocol(cells):
    sheet = isolation_sheet_of(isolation_table_of(cells))
    for words in (
        "3 groups under a seed of their own",
        "the 2 largest in turn is not learnt from at parts 3 to 6",
        "at part 4 all windows of the largest group",
        "Settings are the methods' defaults",
        "seeds 0, 1 for every method",
    ):
        assert words in sheet.caption
    assert sheet.differences[0].startswith("frozen minus lora, seed by seed: Recall@10 of a group that came")
    for render in (markdown.render, latex.render, html.render):
        assert "lists changed" in render(sheet)
    assert json.loads(document.render(sheet), parse_constant=pytest.fail)["rows"][0]["means"]["before"]


def test_a_cell_that_is_missing_broken_or_of_other_windows_says_so(cells, made, asked, tmp_path):
    with pytest.raises(MissingError, match="lora, seed 7 is missing"):
        read_isolation(made, asked, ("lora",), (7,))
    told = json.loads(cell_path(made, asked, "lora", 0).read_text())
    path = tmp_path / "0.json"
    path.write_text(json.dumps(told | {"mood": 1}))
    with pytest.raises(UsageError, match="mood.*run the cell again"):
        read_isolation_cell(path, asked)
    poison = dataclasses.replace(cells[2].poison, group=1)
    odd = dataclasses.replace(cells[2], poison=poison)
    with pytest.raises(UsageError, match="lora of seed 0 was asked about other windows than frozen"):
        isolation_table_of([cells[0], odd])
    with pytest.raises(UsageError, match="0 cells make no table"):
        isolation_table_of([])


def test_what_cannot_be_done_is_said_in_one_line():
    with pytest.raises(UsageError, match="'lsat' does not go from part to part: choose from popular") as no:
        plan_isolation(("lora", "lsat"), (0,))
    assert "\n" not in str(no.value)
    with pytest.raises(UsageError, match="at least one method and one seed"):
        plan_isolation((), (0,))
    assert [variant_named(name).name for name in VARIANTS] == list(VARIANTS)


def test_as_typed(tmp_path, dataset, asked, monkeypatch):
    """The usual question is too long for a test: a small one is asked in its place."""
    monkeypatch.setattr(
        "raie.experiments.isolation.question.isolation_question_of", lambda *_, **__: asked, raising=True
    )
    words = ["--dataset", str(dataset), "--methods", "frozen", "--seeds", "0", "--workers", "1"]
    done = CliRunner().invoke(App, ["experiment", "isolation", *words, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("# circle, sasrec, what is kept apart")
