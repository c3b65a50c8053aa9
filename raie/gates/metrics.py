"""The gate on metrics: ranges, and counts that agree with what was ranked."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from raie.gates.judgement import Suite
from raie.gates.layout import HELDOUT, INCOMING, METRICS, RECENT
from raie.gates.reading import read_json, readable
from raie.gates.rules import between, none, present
from raie.gates.run import Run
from raie.gates.windows import load_windows

AGAIN = "run the stage evaluate again"
RANKED = {"forward": INCOMING, "setup_heldout": HELDOUT, "newest_heldout": RECENT}
"""Windows behind each section, whoever ranked them."""

ANSWERS = ("routed", "base")
"""By whom a section's windows were ranked, each by two measures."""

_MEASURE = re.compile(r"(recall|ndcg)_at_(\d+)")
Section = Mapping[str, Any]


def metric_suites(run: Run) -> Iterator[Suite]:
    """Draw the suites: sections that a run must have, counts of each section, every measure anywhere.

    Raises
    ------
    RaieError
        If a file is missing or cannot be read.
    """
    found = dict(_mappings("", read_json(run.data / METRICS, METRICS)))
    yield _required(run, found)
    sections = {path: node for path, node in found.items() if path.rpartition(".")[2] in RANKED}
    with readable(METRICS):
        yield _sections(run, sections)
    yield _measures(found)


def _mappings(path: str, node: Any) -> Iterator[tuple[str, Section]]:
    """Every mapping of the document by its dotted path."""
    if isinstance(node, Mapping):
        yield path, node
        for name in sorted(node):
            yield from _mappings(f"{path}.{name}".lstrip("."), node[name])


def _required(run: Run, found: Mapping[str, Section]) -> Suite:
    heldout = ["setup_heldout", *(["newest_heldout"] if (run.data / RECENT).is_dir() else [])]
    names = [*heldout, "forward"] if run.night.kind == "nightly" else heldout
    frame = pd.DataFrame({"sections": [int(name in found) for name in names]}, index=names)
    rules = [between("sections", 1, None, "is not 1: nothing was ranked", AGAIN)]
    return Suite("metric_sections", rules, frame)


def _sections(run: Run, sections: Mapping[str, Section]) -> Suite:
    least = run.params.gates.metrics.min_heldout_windows
    frame = pd.DataFrame([_section(run, path, node, least) for path, node in sections.items()])
    few = f"is not 0: fewer held-out windows than gates.metrics.min_heldout_windows = {least}"
    rules = [
        present("windows", "is no count", AGAIN),
        none("surplus", "is not 0: other windows were ranked than were cut", AGAIN),
        none("lacking", few, "hold out more users, or lower it"),
        present("fallback_share", "is no number", AGAIN),
        between("fallback_share", 0, 1, "is no share", AGAIN),
        none("unaccounted", "is not 0: regions and fallbacks do not add up to the windows", AGAIN),
        between("measures", 2 * len(ANSWERS), None, f"is less than {2 * len(ANSWERS)}", AGAIN),
    ]
    counts = {f"{path}.windows": node.get("windows") for path, node in sections.items()}
    return Suite("metric_counts", rules, frame.set_axis(list(sections)), counts)


def _section(run: Run, path: str, node: Section, least: int) -> dict[str, float]:
    name, windows = path.rpartition(".")[2], _number(node.get("windows"))
    folder, empty = run.data / RANKED[name], windows == 0
    cut = len(load_windows(folder, RANKED[name])) if folder.is_dir() else windows
    share = 0.0 if empty else _number(node.get("fallback_share"))
    routed = sum(_number(region.get("windows")) for region in node.get("regions", {}).values())
    measures = sum(len(_values(node.get(answer, {}))) for answer in ANSWERS)
    return {
        "windows": windows,
        "surplus": windows - cut,
        "lacking": max(least - windows, 0) if name == "setup_heldout" else 0,
        "fallback_share": share,
        "unaccounted": windows - routed - np.round(share * windows),
        "measures": 2 * len(ANSWERS) if empty else measures,
    }


def _measures(found: Mapping[str, Section]) -> Suite:
    table = {}
    for path, node in found.items():
        values = _values(node)
        for name, value in values.items():
            recall = values.get(name.replace("ndcg", "recall"), value)
            table[f"{path} {name}"] = {"value": value, "above_recall": value - recall}
    frame = pd.DataFrame.from_dict(table, orient="index", columns=["value", "above_recall"], dtype=np.float64)
    rules = [
        present("value", "is no number", AGAIN),
        between("value", 0, 1, "does not lie between 0 and 1", AGAIN),
        between("above_recall", None, 0, "is positive: NDCG cannot exceed Recall", AGAIN),
    ]
    return Suite("measures", rules, frame, {"measures": len(frame)})


def _values(node: Any) -> dict[str, float]:
    """Measures that a mapping holds directly."""
    return {name: _number(node[name]) for name in sorted(node) if _MEASURE.fullmatch(name)}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan
