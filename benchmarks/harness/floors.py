"""Ratios against those committed: a regression of ratios, not of seconds.

Ratios of processor time are judged, not of the clock: on one thread they are the same on an idle machine, and
on a busy one they hardly move. Shares of a machine's peak are not: they belong to the machine.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness.results import measured_cases

SHARE = 0.6
"""A ratio may fall to this share of the committed one: the noise of a machine that does other things too."""


def regressions(
    document: dict[str, Any], expected: dict[str, Any], *, only: Sequence[str] | None = None
) -> list[str]:
    """One line per committed ratio that was not measured, or has fallen below its floor.

    Parameters
    ----------
    document : dict
        Of a run.
    expected : dict
        ``ratios`` by ``comparison/case``, and ``floor_share``.
    only : sequence of str or None
        Comparisons that were asked for; None: all of them.
    """
    found = {
        f"{name}/{case}": measured["cpu_ratio"]["median"] for name, case, measured in measured_cases(document)
    }
    faults = []
    for name, committed in expected["ratios"].items():
        if only is not None and name.partition("/")[0] not in only:
            continue
        floor = expected["floor_share"] * committed
        if name not in found:
            faults.append(f"{name} was not measured, {committed:.3g} is committed")
        elif found[name] < floor:
            faults.append(
                f"{name} fell to {found[name]:.3g}: {committed:.3g} is committed, {floor:.3g} its floor"
            )
    return faults


def read_expected(path: Path) -> dict[str, Any]:
    """Read the committed ratios."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def write_expected(document: dict[str, Any], path: Path) -> None:
    """Commit to the ratios of a run; those of comparisons that it did not run stay."""
    comparisons = document["comparisons"]
    ratios = {
        f"{name}/{case}": float(f"{measured['cpu_ratio']['median']:.2g}")
        for name, case, measured in measured_cases(document)
        if comparisons[name]["unit"] == "times"
    }
    before = read_expected(path)["ratios"] if path.is_file() else {}
    others = {name: ratio for name, ratio in before.items() if name.partition("/")[0] not in comparisons}
    content = {"floor_share": SHARE, "ratios": others | ratios}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
