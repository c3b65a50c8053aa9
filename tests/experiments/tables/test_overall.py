"""All tables of a folder in one."""

import json

import madecells
import pytest
import readback

from raie.exceptions import MissingError, UsageError
from raie.experiments.tables import document, html, latex, markdown
from raie.experiments.tables.overall import overall_of
from raie.experiments.tables.overallsheet import overall_sheet_of
from raie.experiments.tables.rows import table_of
from raie.experiments.tables.words import difference


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """A whole run on one dataset, one without RAIE on another backbone, and an ablation."""
    folder = tmp_path_factory.mktemp("cells")
    madecells.write_some(folder, seeds=(0, 1))
    madecells.write_cell(folder, "raie-one-region", 0, lift=1.9)
    madecells.write_cell(folder, "raie@reach=2", 0, lift=9)
    madecells.write_cell(folder, "raie@reach=2", 0, backbone="tisasrec")
    for method, lift in (("frozen", 1), ("lora", 2)):
        madecells.write_cell(folder, method, 0, lift=lift, backbone="bert4rec")
    trial = folder / "foursquare" / "production" / "sasrec" / "lora" / "trials" / "0.json"
    trial.parent.mkdir()
    trial.write_text("{}")
    return folder


def tables_of(overall):
    sheet = overall_sheet_of(overall)
    return (
        readback.from_markdown(markdown.render(sheet)),
        readback.from_latex(latex.render(sheet)),
        readback.Page(html.render(sheet)).tables,
    )


def test_a_verdict_is_what_the_table_says(cells):
    bert, sas = overall_of(cells).verdicts
    assert [(each.dataset, each.backbone) for each in (bert, sas)] == [
        ("foursquare", "bert4rec"),
        ("foursquare", "sasrec"),
    ]
    table = table_of(madecells.read(cells))
    rows = {row.method: row for row in table.rows}
    told = {(each.purpose, each.part): each for each in table.comparisons if each.method == "raie"}
    best = told["best baseline", "test"]
    assert sas.against_best == best
    assert sas.best == rows[best.reference].test.recall
    assert sas.against_best_new == told["best baseline", "test_new"]
    assert sas.against_random == told["random regions", "test"]
    assert sas.against_one == told["one region", "test"]
    assert sas.against_one.seeds == (0,)
    assert sas.retained == told["retention", "setup_heldout"]
    assert (sas.ours, sas.frozen, sas.seeds) == (rows["raie"].test.recall, rows["frozen"].test.recall, (0, 1))


def test_what_was_not_run_is_not_known(cells):
    bert = overall_of(cells).verdicts[0]
    assert bert.frozen is not None
    assert {bert.best, bert.ours, bert.against_best, bert.against_random, bert.retained} == {None}
    assert bert.seeds == ()


def test_every_form_shows_the_same_lines(cells):
    overall = overall_of(cells)
    (of_markdown,), (of_latex,), (of_html,) = tables_of(overall)
    assert of_markdown == of_html
    assert of_latex[1:] == of_html[1:]
    assert [row[0][0] for row in of_html] == [
        "Dataset, backbone",
        "foursquare, bert4rec",
        "foursquare, sasrec",
    ]
    shown = [entry[0] for entry in of_html[2]]
    assert difference(overall.verdicts[1].against_random.recall) in shown
    assert overall.verdicts[1].against_best.reference in shown
    found = json.loads(document.render(overall_sheet_of(overall)))
    assert [each["backbone"] for each in found["verdicts"]] == ["bert4rec", "sasrec"]


def test_a_folder_without_cells_and_a_broken_cell_are_said(tmp_path):
    with pytest.raises(MissingError, match="holds no cells: make them with `raie experiment run`"):
        overall_of(tmp_path)
    file = madecells.write_cell(tmp_path, "raie")
    file.write_text("{")
    with pytest.raises(UsageError, match="run the cell again"):
        overall_of(tmp_path)
