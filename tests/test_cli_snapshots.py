"""`raie snapshot list` and `show` as typed, on the story's tags and a refused candidate."""

import json
import shutil
import sys

import pytest

from raie.cli import app
from raie.snapshots.history import manifest_of
from tests.archive.conftest import refuse


@pytest.fixture
def raie(tagged, ledgers, monkeypatch, capsys):
    refuse(tagged, ledgers)
    monkeypatch.chdir(tagged)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["raie", "snapshot", *arguments])
        with pytest.raises(SystemExit) as ended:
            app()
        return ended.value.code, *capsys.readouterr()

    return call


def test_candidates_are_listed_where_they_are_asked_for(raie):
    code, out, err = raie("list", "--json")
    assert (code, err) == (0, "")
    assert [row["status"] for row in json.loads(out)] == ["earlier", "earlier", "champion"]
    refs = [row["ref"] for row in json.loads(raie("list", "--refused", "--json")[1])]
    assert refs == [
        "snapshot/2024-03-01",
        "snapshot/2024-03-02",
        "snapshot/2024-03-04",
        "candidate/2024-03-04",
    ]
    assert "candidate/2024-03-04" not in raie("list")[1]
    assert "candidate/2024-03-04" in raie("list", "--refused")[1]


def test_the_newest_snapshot_is_shown_by_default(raie, tagged):
    assert json.loads(raie("show", "--json")[1]) == manifest_of(tagged, "2024-03-04")
    assert raie("show")[1].startswith("Snapshot 2024-03-04, the champion\n")
    assert raie("show", "2024-03-01")[1].startswith("Snapshot 2024-03-01, an earlier champion\n")


def test_a_candidate_is_shown_by_its_tag(raie, tagged):
    code, out, err = raie("show", "candidate/2024-03-04")
    assert (code, err) == (0, "")
    assert out.startswith("Candidate 2024-03-04, refused\n")
    assert "1 reject, 1 merge" in out
    assert "refused: worse" in out
    shown = json.loads(raie("show", "candidate/2024-03-04", "--json")[1])
    assert shown == manifest_of(tagged, "candidate/2024-03-04")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("2020-01-01", "no snapshot 2020-01-01"),
        ("candidate/2020-01-01", "no snapshot or candidate candidate/2020-01-01"),
        ("../../etc", "is not a date"),
    ],
)
def test_what_does_not_exist_is_refused_in_one_line(raie, name, said):
    code, out, err = raie("show", name)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_one_line(raie, tagged):
    shutil.rmtree(tagged / ".raie", ignore_errors=True)
    (tagged / ".raie").touch()
    code, out, err = raie("list")
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith(f"raie: {tagged}/.raie") and line.endswith("; check the path and its permissions")
