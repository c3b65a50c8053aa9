"""Results as files and tables: ratios first."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Document = dict[str, Any]


def write_results(document: Document, folder: Path) -> Path:
    """Write ``<date>-<commit>.json`` into ``folder``, which is created."""
    folder.mkdir(parents=True, exist_ok=True)
    moment = document["run"]["date"].replace(":", "")
    path = folder / f"{moment}-{document['run']['commit']}.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return path


def measured_cases(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Yield comparison, case and what was measured; cases that were left out are passed over."""
    for name, comparison in document["comparisons"].items():
        for case, measured in comparison["cases"].items():
            if "ratio" in measured:
                yield name, case, measured


def left_out(document: Document) -> dict[str, str]:
    """Why a case was not measured, by ``comparison/case``."""
    return {
        f"{name}/{case}": measured["left_out"]
        for name, comparison in document["comparisons"].items()
        for case, measured in comparison["cases"].items()
        if "left_out" in measured
    }


def markdown(document: Document) -> str:
    """The table of docs/benchmarks.md."""
    head = ["comparison", "case", "ratio", "min to max", "processor time", "target", "the same answer"]
    rows = [head, ["---"] * len(head)]
    for name, case, measured in measured_cases(document):
        unit = document["comparisons"][name]["unit"]
        ratio, target = measured["ratio"], measured["target"]
        rows.append(
            [
                name,
                case,
                shown(ratio["median"], unit),
                f"{shown(ratio['min'], unit)} to {shown(ratio['max'], unit)}",
                shown(measured["cpu_ratio"]["median"], unit),
                shown(target, unit) if target is not None else "-",
                measured["agreement"],
            ]
        )
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines += [f"\nLeft out: {name}: {why}." for name, why in left_out(document).items()]
    return "\n".join(lines) + "\n"


def shown(ratio: float, unit: str) -> str:
    """A ratio as people read it: 3.2x, or 54 %."""
    return f"{100 * ratio:.0f} %" if unit == "share" else f"{ratio:.3g}x"
