"""`raie experiment periods`, as typed."""

import json

import pytest
from typer.testing import CliRunner

from raie.cli import App
from raie.exceptions import UsageError


def typed(folder, dataset, *words):
    place = ("--dataset", str(dataset), "--workers", "1", "--out", str(folder))
    done = CliRunner().invoke(App, ["experiment", "periods", *words, *place])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def test_what_is_missing_is_run_and_the_table_printed(tmp_path, dataset):
    words = ("--methods", "popular-7-days,frozen", "--seeds", "3-3")
    first = typed(tmp_path, dataset, *words)
    assert "3/3 " in first.stderr, "a backbone, two cells"
    assert first.stdout.startswith("# circle-walks0, sasrec, over time")
    again = typed(tmp_path, dataset, *words, "--format", "json")
    assert [row["method"] for row in json.loads(again.stdout)["rows"]] == ["popular-7-days", "frozen"]
    assert json.loads(again.stdout)["rows"][0]["seeds"] == [3]


def test_what_cannot_be_done_is_said_in_one_line(tmp_path, dataset):
    for words, message in (
        (("--protocol", "block"), "protocol 'block' has no periods"),
        (("--methods", "lora,mole"), "^mole cannot go on from part to part: choose from"),
        (("--methods", "lore"), "no method 'lore'"),
        (("--seeds", "3-"), "seed '3-' is no whole number or range"),
        (("--seeds", "0,x"), "seed 'x' is no whole number or range"),
        (("--seeds", "4-2"), "at least one method and one seed"),
    ):
        with pytest.raises(UsageError, match=message) as refused:
            typed(tmp_path, dataset, *words)
        assert "\n" not in str(refused.value)
