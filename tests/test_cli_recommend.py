"""`raie recommend` as typed: what it prints, writes and refuses, and with which exit status."""

import json
import sys

import pandas as pd
import pytest

from raie.cli import app
from raie.cli.recommendations import FEW
from raie.reports.recommendations import TRACE
from tests.smallsnapshot import PARAMS, tag_two_snapshots

OLD = "2024-03-01"
K = PARAMS.recommend.k


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return tag_two_snapshots(tmp_path_factory.mktemp("repository"))


@pytest.fixture
def raie(repository, monkeypatch, capsys):
    monkeypatch.chdir(repository)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["raie", "recommend", "--snapshot", OLD, *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            app()
        return ended.value.code, *capsys.readouterr()

    return call


@pytest.fixture
def refused(raie):
    def call(*arguments):
        code, out, err = raie(*arguments)
        assert (code, out) == (2, "")
        assert err.startswith("raie: ") and err.count("\n") == 1
        return err

    return call


def test_the_rows_of_one_user_do_not_repeat_whose_they_are(raie):
    code, out, err = raie("--user", "u03", "--k", 3, "--json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert [list(row) for row in rows] == [["rank", "item_id", "score"]] * 3
    assert [row["rank"] for row in rows] == [1, 2, 3]
    explained = json.loads(raie("--user", "u03", "--k", 3, "--json", "--explain")[1])
    assert [list(row) for row in explained] == [["rank", "item_id", "score", "snapshot", *TRACE]] * 3
    assert explained[0].items() >= rows[0].items()


@pytest.mark.parametrize("k", [K, K + 3])
def test_a_file_and_everybody_give_each_user_their_own_rows(raie, tmp_path, k):
    (tmp_path / "users.txt").write_text("u03\nu01\nu03\n")
    everybody = json.loads(raie("--k", k, "--json", "--explain")[1])
    assert len({row["user_id"] for row in everybody}) == 40
    some = json.loads(raie("--k", k, "--json", "--explain", "--users-file", tmp_path / "users.txt")[1])
    assert [row["user_id"] for row in some] == ["u03"] * k + ["u01"] * k
    for user in ("u01", "u03"):
        own = [row for row in everybody if row["user_id"] == user]
        assert [row for row in some if row["user_id"] == user] == own
        alone = json.loads(raie("--k", k, "--json", "--explain", "--user", user)[1])
        assert [{"user_id": user, **row} for row in alone] == own


@pytest.mark.parametrize("suffix", ["parquet", "json", "jsonl"])
def test_every_form_of_file_holds_the_rows_that_are_printed(raie, tmp_path, suffix):
    path = tmp_path / f"out.{suffix}"
    code, out, err = raie("--out", path, "--explain")
    assert (code, err) == (0, "")
    assert out == f"{40 * K} rows for 40 users: {path}\n"
    read = pd.read_parquet(path) if suffix == "parquet" else pd.read_json(path, lines=suffix == "jsonl")
    printed = json.loads(raie("--json", "--explain")[1])
    assert read.columns.tolist() == list(printed[0])
    assert read["item_id"].tolist() == [row["item_id"] for row in printed]
    assert read["score"].tolist() == pytest.approx([row["score"] for row in printed], rel=1e-9)


def test_a_table_of_everybody_shows_the_first(raie):
    code, out, err = raie("--k", 1)
    assert code == 0
    assert err == f"raie: the first {FEW} of 40 users; --json and --out give all\n"
    assert f"u{FEW - 1:02d}" in out and f"u{FEW:02d}" not in out


def test_unknown_users_of_a_file_are_one_line_beside_the_answer(raie, tmp_path):
    (tmp_path / "users.csv").write_text("user_id\nu03\nnobody\n")
    code, out, err = raie("--users-file", tmp_path / "users.csv", "--json")
    assert code == 0
    assert {row["user_id"] for row in json.loads(out)} == {"u03"}
    assert err == f"raie: no history in snapshot {OLD}, so no recommendations: 'nobody'\n"


def test_what_cannot_be_answered_is_one_line_and_exit_2(refused, tmp_path):
    (tmp_path / "users.txt").write_text("u03\n")
    assert "no history of user 'nobody'" in refused("--user", "nobody")
    assert "no history of user 'nobody'" in refused("--user", "nobody", "--k", K + 1)
    assert "k = 0" in refused("--user", "u03", "--k", 0)
    assert "k = 500" in refused("--user", "u03", "--k", 500)
    assert "both given" in refused("--user", "u03", "--users-file", tmp_path / "users.txt")
    assert "does not exist" in refused("--users-file", tmp_path / "none.txt")
    assert "no snapshot 2020-01-01" in refused("--snapshot", "2020-01-01")
    assert "unknown file type '.csv'" in refused("--out", tmp_path / "out.csv")
    assert "give one of them" in refused("--out", tmp_path / "out.json", "--json")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["users.txt"]


def test_seen_items_come_and_go_by_choice(raie):
    default = raie("--user", "u03", "--json")[1]
    assert raie("--user", "u03", "--json", "--exclude-seen")[1] == default
    with_seen = [
        json.loads(raie("--user", f"u{user:02d}", "--json", "--include-seen")[1]) for user in range(9)
    ]
    without = [json.loads(raie("--user", f"u{user:02d}", "--json")[1]) for user in range(9)]
    assert with_seen != without
