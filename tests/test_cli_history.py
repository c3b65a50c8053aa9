"""`raie history` as typed: what it prints and refuses, and with which exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from raie.cli import app
from tests.toldstory import LAST, clear_cache, tag_story

NIGHT = "2024-03-02"
SLOW = ("torch", "sklearn", "peft", "scipy", "mlflow", "prefect", "great_expectations")
LOADED = """
import sys
from raie.cli import App
App(sys.argv[1:], standalone_mode=False)
print(*sorted(set(sys.modules) & {}), file=sys.stderr)
"""


@pytest.fixture
def told(repository, ledgers, tmp_path):
    return tag_story(repository, ledgers, tmp_path)


@pytest.fixture
def raie(told, monkeypatch, capsys):
    monkeypatch.chdir(told)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["raie", "history", *arguments])
        with pytest.raises(SystemExit) as ended:
            app()
        return ended.value.code, *capsys.readouterr()

    return call


def test_all_regions_are_listed_with_their_states(raie):
    code, out, err = raie()
    assert (code, err) == (0, "")
    rows = [line for line in out.splitlines() if line.startswith("│ r0")]
    assert [row.split("│")[1].strip() for row in rows] == ["r0001", "r0002", "r0003", "r0004"]
    assert "merged into r0001" in rows[3] and "items i1, i2" in rows[0]
    assert [row["region"] for row in json.loads(raie("--json")[1])] == ["r0001", "r0002", "r0003", "r0004"]
    assert [row["state"] for row in json.loads(raie("--json", "--as-of", NIGHT)[1])] == ["live"] * 4


def test_titles_come_from_the_table_that_params_name(raie, told):
    (told / "titles.tsv").write_text("movie\tname\ni1\tCitizen Kane\n")
    (told / "params.yaml").write_text("items: {path: titles.tsv, item_id: movie, title: name}\n")
    assert json.loads(raie("--json")[1])[0]["description"] == "Citizen Kane; i2"
    assert "Citizen Kane" in raie("--region", "r0001")[1]
    assert "Citizen Kane" in raie("--user", "u1")[1]
    (told / "titles.tsv").unlink()
    code, out, err = raie()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "titles.tsv does not exist: correct the path" in err


def test_entries_are_printed_as_they_ever_were(raie, ledgers):
    rows = json.loads(raie("--edits", "--json")[1])
    assert len(rows) == sum(map(len, ledgers.values()))
    assert list(rows[0]) == [
        "event",
        "date",
        "generation",
        "operation",
        "region",
        "parents",
        "sequences",
        "weight",
        "radius",
        "angle_moved",
        "bic_gain",
        "hash",
    ]
    assert {row["region"] for row in json.loads(raie("--edits", "--json", "--region", "r0003")[1])} == {
        "r0003"
    }


def test_a_regions_life_is_text_or_one_document(raie):
    code, out, err = raie("--region", "r0001")
    assert (code, err) == (0, "")
    for words in ("r0001: live", "Edits", "Training", "Recall", "Regions merged into it"):
        assert words in out
    document = json.loads(raie("--region", "r0001", "--json", "--as-of", NIGHT)[1])
    assert (document["as_of"], document["life"]["region"]) == (NIGHT, "r0001")


def test_a_users_life_is_text_or_one_document(raie):
    code, out, err = raie("--user", "u1")
    assert (code, err) == (0, "")
    assert "Decisions on u1" in out and "angle 0.900 > 0.600" in out
    assert json.loads(raie("--user", "u1", "--json")[1])["user"] == "u1"


def test_what_is_not_at_hand_is_said_on_stderr(raie, told):
    clear_cache(told)
    for arguments in ((), ("--region", "r0001")):
        code, out, err = raie(*arguments, "--json")
        assert (code, err.count("\n")) == (0, 1)
        assert err.startswith("raie: ") and "not in the cache" in err
        json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--region", "r0009"), "no region r0009 up to"),
        (("--region", "[red]"), "no region [red] up to"),
        (("--edits", "--region", "r0009"), "no region r0009 up to"),
        (("--user", "nobody"), "no history of user 'nobody': check the id"),
        (("--as-of", "2024-03-03"), "no snapshot 2024-03-03: the newest are"),
        (("--as-of", "yesterday"), "'yesterday' is not a date"),
        (("--as-of", f"candidate/{LAST}"), "was refused"),
        (("--user", "u1", "--region", "r0001"), "give one of them"),
        (("--user", "u1", "--edits"), "give one of them"),
    ],
)
def test_errors_are_one_line(raie, arguments, words):
    code, out, err = raie(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("raie: ") and err.count("\n") == 1 and words in err


@pytest.mark.parametrize("arguments", [(), ("--region", "r0001"), ("--user", "u1"), ("--edits",)])
def test_nothing_slow_is_imported(told, arguments):
    """An answer in two seconds has no time for what trains, routes or schedules."""
    command = [sys.executable, "-c", LOADED.format(set(SLOW)), "history", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, cwd=told, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
