"""The last stage: what it records, and that it records it the same twice."""

import json
import shutil
from pathlib import Path

import pytest

from raie.cards.card import render_card
from raie.cards.sources import read_sources
from raie.params import Params
from raie.reports.gatespage import render_gates
from raie.snapshots.ledger import parse_entries, verify_chain
from raie.snapshots.manifest import OPERATIONAL
from raie.snapshots.night import GENESIS_HASH
from raie.snapshots.opened import params_of
from raie.snapshots.tags import tag_snapshot
from raie.stages.snapshot import ARTEFACTS, record

ROOT = Path(__file__).parents[2]
GATES = ("interactions", "encodings", "promotion")


@pytest.fixture
def project(repository, monkeypatch):
    """A project whose stages but the last have run."""
    data = repository / "data"
    shutil.copyfile(ROOT / "params.yaml", repository / "params.yaml")
    (repository / "requirements.lock").write_text("numpy==2\n")
    for name in ARTEFACTS:
        (data / name).mkdir()
        (data / name / "file").write_text(name)
    edit = {"edit": {"operation": "construct", "region": "r0001"}, "date": "2024-03-01"}
    (data / "decisions" / "edits.jsonl").write_text(json.dumps(edit) + "\n")
    (data / "adapters" / "r0001").mkdir()
    (data / "night.json").write_text(json.dumps({"snapshot": "2024-03-01", "date": "2024-03-01"}))
    (data / "metrics.json").write_text(json.dumps({"setup_heldout": {"windows": 3}}))
    (data / "training.json").write_text(json.dumps({"r0001": {"trained": False, "windows": 0}}))
    (data / "gates").mkdir()
    (data / "gates" / ".gitkeep").touch()
    for name in GATES:
        (data / "gates" / f"{name}.json").write_text(
            json.dumps({"passed": True, "headline": f"{name} <fine>"})
        )
    monkeypatch.chdir(repository)
    return repository


@pytest.fixture
def recorded(project):
    """Run the stage and read the manifest."""

    def run():
        data = project / "data"
        written = {"ledger": data / "ledger.jsonl", "manifest": data / "manifest.json"}
        written |= {"gates_page": data / "gates.html", "card": data / "card.md"}
        record(night=data / "night.json", data=data, **written)
        return json.loads(written["manifest"].read_text())

    return run


def test_every_gate_stands_in_the_manifest(recorded, project):
    gates = recorded()["gates"]
    assert gates == {
        name: json.loads((project / "data/gates" / f"{name}.json").read_text()) for name in GATES
    }


@pytest.mark.parametrize("name", GATES)
def test_a_gate_that_said_something_else_changes_the_root_hash(recorded, project, name):
    before = recorded()["root_hash"]
    (project / "data/gates" / f"{name}.json").write_text(json.dumps({"passed": True, "headline": "other"}))
    assert recorded()["root_hash"] != before


def test_the_page_is_that_of_the_gates(recorded, project):
    recorded()
    page = (project / "data/gates.html").read_text(encoding="utf-8")
    assert page == render_gates(project / "data" / "gates")
    assert "interactions &lt;fine&gt;" in page


def test_the_card_is_that_of_what_was_recorded(recorded, project):
    manifest = recorded()
    card = (project / "data" / "card.md").read_text(encoding="utf-8")
    entries = parse_entries((project / "data/ledger.jsonl").read_text())
    assert card == render_card(read_sources(manifest, entries, (project / "data").joinpath))
    assert manifest["ledger_head"] in card
    assert manifest["root_hash"] not in card


def test_twice_gives_the_same_bytes(recorded, project):
    files = [project / "data" / name for name in ("manifest.json", "ledger.jsonl", "gates.html", "card.md")]
    recorded()
    first = [file.read_bytes() for file in files]
    recorded()
    assert [file.read_bytes() for file in files] == first


def test_when_and_how_loudly_a_run_happens_is_no_part_of_a_snapshot(recorded, project):
    before = recorded()
    assert not OPERATIONAL & set(before["params"])
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace("max_fallback_share: 0.2", "max_fallback_share: 0.3"))
    assert (project / "params.yaml").read_text() != text
    assert recorded() == before


def test_params_of_a_snapshot_can_be_read_back(recorded, project):
    recorded()
    tag_snapshot(project, snapshot="2024-03-01", previous=None, tracked=["data"], message="first")
    kept = params_of(project, "2024-03-01")
    assert kept == Params.model_validate(kept.model_dump())
    assert kept.regions.n_regions == 4


def test_the_ledger_is_chained_and_ends_where_the_manifest_says(recorded, project):
    manifest = recorded()
    entries = parse_entries((project / "data/ledger.jsonl").read_text())
    assert verify_chain(entries, head=GENESIS_HASH) == manifest["ledger_head"]
    assert [entry["event"] for entry in entries] == ["2024-03-01/0001"]
    assert entries[0]["adapter_digest"]
