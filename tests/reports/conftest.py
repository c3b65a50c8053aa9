"""A run's work tree, written as the stages and gates write it."""

import json

import pytest

from raie.reports.gatedocuments import ORDER
from tests.reports.rundocuments import EDITS, INTERACTIONS, METRICS, PROMOTION, a_gate, edit_lines


@pytest.fixture
def write(tmp_path):
    """Write a document of the work tree ``tmp_path / "tree"``; a path, and JSON or text."""

    def written(path, document):
        file = tmp_path / "tree" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = document if isinstance(document, str) else json.dumps(document)
        file.write_text(text, encoding="utf-8")
        return file

    return written


@pytest.fixture
def tree(write):
    """The work tree of a good night that got to its end."""
    write("params.yaml", "{}\n")
    write("data/night.json", {"snapshot": "2024-03-05", "previous": "2024-03-04", "kind": "nightly"})
    for name in ORDER[1:-1]:
        write(f"data/gates/{name}.json", a_gate(name))
    write("data/gates/interactions.json", INTERACTIONS)
    write("data/gates/promotion.json", PROMOTION)
    write("data/metrics.json", METRICS)
    training = {"r0001": (True, 700), "r0002": (True, 90), "r0005": (True, 80), "r0006": (False, 2)}
    regions = {name: {"trained": trained, "windows": n} for name, (trained, n) in training.items()}
    write("data/training.json", regions)
    return write("data/decisions/edits.jsonl", edit_lines(EDITS)).parents[2]
