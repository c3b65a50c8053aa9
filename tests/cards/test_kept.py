"""The card of a tag: its own, or one made now; and how it is asked for."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from raie.cards.card import render_card
from raie.cards.kept import card_of
from raie.cards.sources import Counts, read_sources
from raie.cli import App
from raie.exceptions import MissingError
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.tags import tag_candidate, tag_snapshot


@pytest.fixture
def project(repository, manifest):
    """A snapshot and a refused candidate from before there were cards, and a snapshot with one."""
    (repository / ".dvc").mkdir()
    (repository / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    (repository / "data" / "manifest.json").write_text(json.dumps(manifest))
    (repository / "data" / "ledger.jsonl").write_text("")
    for tag, name in ((tag_snapshot, "2024-03-02"), (tag_candidate, "2024-03-03")):
        tag(repository, snapshot=name, previous=None, tracked=["data", ".dvc/config"], message=name)
    (repository / "data" / "card.md").write_text("# its own\n")
    tag_snapshot(repository, snapshot="2024-03-04", previous=None, tracked=["data"], message="with a card")
    return repository


def test_a_tag_keeps_its_card(project):
    assert card_of(project, "2024-03-04") == "# its own\n"


@pytest.mark.parametrize("name", ["2024-03-02", "candidate/2024-03-03"])
def test_a_tag_without_one_gets_the_card_of_its_documents(project, manifest, name):
    card = card_of(project, name)
    assert card == render_card(read_sources(manifest, [], lambda output: None))
    assert "ranks by user are not at hand" in card


def test_what_is_no_snapshot_has_none(project):
    with pytest.raises(MissingError, match="2024-03-09"):
        card_of(project, "2024-03-09")


def test_counts_and_ranks_are_read_from_the_outputs(tmp_path, manifest, tables):
    for name in ("raw", "histories", "outcomes"):
        (tmp_path / name).mkdir()
    for day, n_events in (("2024-03-01", 3), ("2024-03-02", 4)):
        pd.DataFrame({"user_id": ["u1"] * n_events}).to_parquet(tmp_path / "raw" / f"{day}.parquet")
    pd.DataFrame({"user_id": ["u1", "u2", "u1"]}).to_parquet(tmp_path / "histories" / "histories.parquet")
    Vocabulary(("i1", "i2", "i3")).save(tmp_path / "histories" / "vocabulary.json")
    for part, file in (("setup_heldout", "retention"), ("forward", "forward")):
        tables[part].to_parquet(tmp_path / "outcomes" / f"{file}.parquet", index=False)
    found = read_sources(manifest, [], tmp_path.joinpath)
    assert found.counts == Counts(7, 2, 3)
    assert set(found.outcomes) == {"setup_heldout", "forward"}
    assert found.outcomes["forward"].equals(tables["forward"])


def test_the_command_prints_it_or_writes_it(project, tmp_path, monkeypatch):
    monkeypatch.chdir(project)
    assert CliRunner().invoke(App, ["snapshot", "card"]).stdout == "# its own\n"
    out = tmp_path / "card.md"
    run = CliRunner().invoke(App, ["snapshot", "card", "2024-03-02", "--out", str(out)])
    assert run.stdout == f"{out}\n"
    assert out.read_text() == card_of(project, "2024-03-02")
