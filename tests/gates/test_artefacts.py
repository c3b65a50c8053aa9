"""Judging what a stage wrote: all gates alike."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from raie.exceptions import RefusedError, UsageError
from raie.gates import layout
from raie.gates.artefacts import GATES, judge_artefact
from raie.params import GateParams
from raie.stages import artefacts as names
from tests.gates import spoiling

ROOT = Path(__file__).parents[2]
KINDS = ("construct", "nightly", "empty", "retrain")
READ = [
    ("sequences", "accepted/interactions.parquet"),
    ("sequences", "histories/histories.parquet"),
    ("sequences", "histories/vocabulary.json"),
    ("sequences", "histories/heldout/user_ids.npy"),
    ("sequences", "histories/recent/histories.npy"),
    ("sequences", "windows/incoming/label_times.npy"),
    ("sequences", "windows/trainable.npy"),
    ("sequences", "windows/training/items.npy"),
    ("sequences", "windows/validation/histories.npy"),
    ("sequences", "previous/histories/vocabulary.json"),
    ("encodings", "encodings/incoming.npy"),
    ("encodings", "encodings/lineage.npy"),
    ("encodings", "backbone/backbone.json"),
    ("encodings", "backbone/model.safetensors"),
    ("encodings", "backbone/items.safetensors"),
    ("regions", "regions/regions.json"),
    ("regions", "regions/regions.safetensors"),
    ("regions", "regions/memory/regions.npy"),
    ("regions", "previous/regions/regions.json"),
    ("adapters", "training.json"),
    ("adapters", "adapters/r0001/adapter_config.json"),
    ("adapters", "adapters/r0001/adapter_model.safetensors"),
    ("metrics", "metrics.json"),
]
"""What the gates of a retrain read."""

READ_AT_NIGHT = [
    ("sequences", "previous/histories/heldout/histories.npy"),
    ("encodings", "previous/backbone/items.safetensors"),
    ("regions", "decisions/assignments.parquet"),
    ("regions", "decisions/edits.jsonl"),
    ("adapters", "previous/backbone/model.safetensors"),
]
every_gate = pytest.mark.parametrize("gate", GATES.values())


@every_gate
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sound_passes(copied, gate, kind):
    judgement = judge_artefact(gate, copied(kind))
    assert judgement.passed
    assert not judgement.warnings
    assert judgement.headline() == f"{len(judgement.expectations)} checks passed"


@every_gate
def test_the_document_is_the_judgement_and_says_nothing_of_when_and_where(copied, tmp_path, gate):
    texts = []
    for elsewhere in ("one", "two"):
        tree = copied().rename(tmp_path / elsewhere)
        judgement = judge_artefact(gate, tree)
        texts.append((tree / "data" / "gates" / f"{gate}.json").read_text())
        assert json.loads(texts[-1]) == judgement.document()
    assert texts[0] == texts[1]
    assert str(tmp_path) not in texts[0]
    document = json.loads(texts[0])
    assert {*document} == {
        "gate",
        "passed",
        "headline",
        "counts",
        "thresholds",
        "warnings",
        "expectations",
    }
    assert document["gate"] == gate
    assert document["thresholds"] == getattr(GateParams(), gate).model_dump()
    for record in document["expectations"]:
        keys = {"suite", "expectation", "column", "reason", "success", "unexpected", "severity"}
        assert {*record} == keys


def refused(gate, tree):
    judgement = judge_artefact(gate, tree)
    assert not judgement.passed
    headline = json.loads((tree / "data" / "gates" / f"{gate}.json").read_text())["headline"]
    assert headline == judgement.headline()
    assert "\n" not in headline
    assert str(tree) not in headline
    return headline


@pytest.mark.parametrize(
    ("kind", "gate", "name"),
    [("retrain", *each) for each in READ] + [("nightly", *each) for each in READ_AT_NIGHT],
)
def test_a_broken_or_missing_file_is_one_line(copied, kind, gate, name):
    tree = copied(kind)
    path = tree / "data" / name
    path.write_bytes(b"\x00broken")
    refused(gate, tree)
    path.unlink()
    refused(gate, tree)


@pytest.mark.parametrize("text", ["[]", "{}", '"r0001"', "null", '{"regions": 3}'])
@pytest.mark.parametrize(
    "name", ["metrics.json", "training.json", "regions/regions.json", "backbone/backbone.json"]
)
def test_json_of_another_shape_is_one_line(copied, name, text):
    tree, gates = copied(), {"metrics.json": "metrics", "backbone/backbone.json": "encodings"}
    (tree / "data" / name).write_text(text)
    refused(gates.get(name, "adapters"), tree)


def test_a_missing_file_is_named_from_the_data_on(copied):
    tree = copied()
    (tree / "data/windows/incoming/label_times.npy").unlink()
    assert refused("sequences", tree) == (
        "no windows at data/windows/incoming: label_times.npy is missing, build the sequences first"
    )


def test_an_unknown_gate_and_unusable_parameters_are_the_callers_fault(copied):
    tree = copied()
    with pytest.raises(UsageError, match="no gate 'ingest': choose from sequences, encodings"):
        judge_artefact("ingest", tree)
    spoiling.params(tree, "sequences", warn_short_share=2)
    with pytest.raises(UsageError, match="warn_short_share = 2"):
        judge_artefact("sequences", tree)


def test_a_run_that_nothing_is_known_of_is_not_judged(copied):
    tree = copied()
    (tree / "data/night.json").write_text("{}")
    with pytest.raises(RefusedError, match="data/night.json cannot be read"):
        judge_artefact("sequences", tree)


def test_gates_stand_behind_stages_and_have_thresholds():
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    assert [stage for stage in stages if stage in GATES] == list(GATES)
    assert {"interactions", *GATES.values()} == set(GateParams.model_fields)


WRITTEN = {
    "INCOMING": f"windows/{names.INCOMING}",
    "VALIDATION": f"windows/{names.VALIDATION}",
    "TRAINABLE": f"windows/{names.TRAINABLE}",
    "TRAINING": f"windows/{names.TRAINING}",
    "VOCABULARY": f"histories/{names.VOCABULARY}",
    "HISTORIES": f"histories/{names.HISTORIES}",
    "HELDOUT": f"histories/{names.HELDOUT}",
    "RECENT": f"histories/{names.RECENT}",
    "ENCODED": f"encodings/{names.INCOMING}.npy",
    "LINEAGE": f"encodings/{names.LINEAGE}",
    "MEMORY": f"regions/{names.MEMORY}",
    "ASSIGNMENTS": f"decisions/{names.ASSIGNMENTS}",
    "EDITS": f"decisions/{names.EDITS}",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_files_are_where_the_stages_put_them(name):
    assert getattr(layout, name) == WRITTEN[name]


def test_no_gate_imports_torch(copied):
    tree = copied()
    code = (
        "import sys; from pathlib import Path; from raie.gates.artefacts import GATES, judge_artefact; "
        "assert 'great_expectations' not in sys.modules; "
        f"assert all(judge_artefact(gate, Path({str(tree)!r})).passed for gate in GATES.values()); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
