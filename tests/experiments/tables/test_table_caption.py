import madecells
import pytest

from raie.experiments.tables.caption import caption
from raie.experiments.tables.rows import table_of
from raie.experiments.tables.words import count, difference, metric
from raie.metrics.bootstrap import Interval


def made(folder, **options):
    return caption(table_of(madecells.read(folder), n_resamples=20, **options))


@pytest.mark.parametrize(
    "words",
    [
        "foursquare, sasrec, protocol production",
        "histories of 3 to 20 items (L = 20); setup up to the 0.5 quantile of time",
        "finetuning up to the 0.8 quantile",
        "10 % of users held out",
        "Windows: 1,234 finetuning, 40 setup seen, 60 setup held out, 80 test, 50 of Test asking for an item",
        "full ranking of all 300 items, seen items not removed",
        "Means over seeds 0, 1, 2 for every method.",
        "Trials of tuning: 2 for every method.",
        "Equal budget: every trained method (retrain aside) took 1,407 steps and 90,000 examples.",
        "95 % t-interval over seeds",
        "paired bootstrap over users (300 resamples, seed 0;",
        "retrain is the upper reference",
    ],
)
def test_the_protocol_is_told_in_words(table, words):
    assert words in caption(table)


def test_a_whole_run_is_not_called_partial(table):
    text = caption(table)
    for words in ("partial", "one seed", "versions of the code", "ratings from", "differ"):
        assert words not in text


def test_seeds_and_trials_are_told_apart_where_methods_differ(tmp_path):
    madecells.write_cell(tmp_path, "frozen", 0, trials=[])
    for seed in (0, 1):
        madecells.write_cell(tmp_path, "lora", seed)
    text = made(tmp_path)
    assert "Means over seed 0 (frozen); seeds 0, 1 (lora). The run is partial" in text
    assert "Trials of tuning: 0 (frozen); 2 (lora)." in text
    assert "Methods with one seed have no interval over seeds." in text
    assert "Brackets" not in text


def test_unequal_budgets_are_called_so(tmp_path):
    for method, steps in (("full", 100), ("lora", 1500)):
        madecells.write_cell(tmp_path, method, cost={"steps": steps})
    assert "Budgets differ: trained methods took 100 to 1,500 steps and 90,000 examples." in made(tmp_path)


def test_equal_steps_on_unequal_examples_are_no_equal_budget(tmp_path):
    for method, examples in (("full", 100), ("lora", 200)):
        madecells.write_cell(tmp_path, method, cost={"examples": examples})
    assert "Budgets differ" in made(tmp_path)


def test_nothing_trained_has_no_budget(tmp_path):
    madecells.write_cell(tmp_path, "frozen", cost={"steps": 0, "examples": 0})
    assert "No method was trained." in made(tmp_path)


def test_several_versions_of_the_code_are_mentioned(tmp_path):
    for method in ("full", "lora"):
        madecells.write_cell(tmp_path, method, code=method)
    assert "Cells were made by 2 versions of the code." in made(tmp_path)


def test_forgetting_is_defined_only_where_the_base_is_there(table, tmp_path):
    assert "Forgetting: Recall@10" in caption(table)
    madecells.write_cell(tmp_path, "lora")
    assert "Forgetting" not in made(tmp_path)


def protocol_with(**changes):
    return madecells.document("lora", 0, madecells.columns(0, "lora", 1.0))["protocol"] | changes


def test_windows_that_were_drawn_are_called_so(tmp_path):
    capped = protocol_with(max_finetune=1234, max_test=10000, max_heldout=4000)
    madecells.write_cell(tmp_path, "lora", protocol=capped)
    expected = "hold (drawn where there are more than 1,234 finetuning, 10,000 setup seen and test, 4,000"
    assert expected in made(tmp_path)


def test_blocks_are_told_by_their_stride(tmp_path):
    madecells.write_cell(tmp_path, "lora", protocol=protocol_with(name="block", stride=5))
    text = caption(table_of(madecells.read(tmp_path, protocol="block")))
    assert "protocol block: blocks of 20 items, one every 5 (L = 20)" in text
    assert "histories of" not in text


def test_numbers_in_words():
    assert [count(1407.0), count(1407.5), metric(-0.00001), metric(-0.00006)] == [
        "1,407",
        "1,407.5",
        "0.0000",
        "-0.0001",
    ]
    assert difference(Interval(-0.00001, 0, 0, 0.95, 9, 9)).startswith("+0.0000 [")
    assert difference(Interval(0.0123, -0.00001, 0.0146, 0.95, 9, 9)) == "+0.0123 [+0.0000, +0.0146]"
