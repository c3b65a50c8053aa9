"""The numbers of a run as flat names: what MLflow draws over nights."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from raie.tracking.documents import Document, Tagged

REGIONS = "regions"
"""Under this name metrics are listed by region."""


def flatten(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Leaves of a nested mapping under dotted names."""
    leaves: dict[str, Any] = {}
    for key, value in document.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            leaves.update(flatten(value, name + "."))
        else:
            leaves[name] = value
    return leaves


def numbers(document: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Leaves that are numbers."""
    return {name: float(value) for name, value in flatten(document, prefix).items() if _is_number(value)}


def night_numbers(tagged: Tagged) -> dict[str, float]:
    """Metrics of the run as a whole: its metrics document, what the gates counted, the checks, the edits."""
    gates = [_gate(name, gate) for name, gate in tagged.gates.items()]
    edits = Counter(edit["operation"] for edit in tagged.edits)
    return {
        **numbers(tagged.metrics),
        **{name: value for gate in gates for name, value in gate.items()},
        **_checks(tagged),
        **numbers(edits, "edits."),
        "regions.count": float(len(tagged.training)),
        "regions.touched": float(len(tagged.touched)),
    }


def region_numbers(tagged: Tagged, region: str) -> dict[str, float]:
    """Metrics of one region: what its adapter was trained on, its norm, its edits, its ranking."""
    entry = tagged.training[region]
    sequences = sum(edit.get("n_sequences", 0) for edit in tagged.edits if edit["region"] == region)
    return {**numbers(entry), "edited_sequences": float(sequences), **_ranking(tagged, region)}


def _gate(name: str, document: Document) -> dict[str, float]:
    counts = dict(document.get("counts", {}))
    if "warnings" in document:
        counts["warnings"] = len(document["warnings"])
    return numbers(counts, f"gates.{name}.")


def _checks(tagged: Tagged) -> dict[str, float]:
    checks = tagged.gates.get("promotion", {}).get("checks", [])
    return {
        name: value
        for check in checks
        for name, value in numbers(check, f"promotion.{check['name']}.").items()
    }


def _ranking(tagged: Tagged, region: str) -> dict[str, float]:
    """Metrics listed under the region, under their names without it."""
    found = {}
    for name, value in numbers(tagged.metrics).items():
        before, mark, after = f".{name}".partition(f".{REGIONS}.{region}.")
        if mark:
            found[f"{before}.{after}".removeprefix(".")] = value
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
