"""Everything that two snapshots differ in, and its headline."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from raie.comparison.fates import Fate, fates
from raie.comparison.probes import flows
from raie.comparison.regions import RegionChange, region_changes
from raie.comparison.scores import RETENTION, Row, overall_scores, region_scores
from raie.comparison.state import State, read_state
from raie.exceptions import MissingError

FAR = 0.1
"""Radians beyond which the headline counts a region as moved."""


@dataclass(frozen=True)
class Comparison:
    """Two snapshots side by side.

    Attributes
    ----------
    before, after : str
        Id of a snapshot, tag of a candidate.
    generations : tuple of int
    fates : sequence of Fate
        Regions that came or went.
    regions : sequence of RegionChange
        Those that both hold, farthest moved first.
    flows : DataFrame or None
        before, after, windows: the probe set's way from region to region; None where it is not at hand.
    flows_lacking : str or None
        Why it is not.
    overall, by_region : list of dict
        Metrics, see `overall_scores` and `region_scores`.
    """

    before: str
    after: str
    generations: tuple[int, int]
    fates: Sequence[Fate]
    regions: Sequence[RegionChange]
    flows: pd.DataFrame | None
    flows_lacking: str | None
    overall: list[Row]
    by_region: list[Row]

    def headline(self) -> str:
        """One line: what moved, came and went, and retention."""
        parts = [self._moved(), *self._counted(), *self._rerouted(), *self._retention()]
        return ", ".join(parts)

    def document(self) -> dict[str, Any]:
        """Everything, as what JSON can hold."""
        flowing = None if self.flows is None else self.flows.to_dict("records")
        return {
            "before": self.before,
            "after": self.after,
            "generations": list(self.generations),
            "headline": self.headline(),
            "fates": [asdict(fate) for fate in self.fates],
            "regions": [asdict(change) for change in self.regions],
            "flows": flowing,
            "flows_lacking": self.flows_lacking,
            "metrics": self.overall,
            "metrics_by_region": self.by_region,
        }

    def _moved(self) -> str:
        if self.generations[0] != self.generations[1]:
            return f"generation {self.generations[0]} -> {self.generations[1]} (another space)"
        far = sum(change.moved is not None and change.moved > FAR for change in self.regions)
        return f"{far} of {len(self.regions)} regions moved more than {FAR} rad"

    def _counted(self) -> list[str]:
        changes = dict.fromkeys(fate.change for fate in self.fates)
        return [self._count(change) for change in changes]

    def _count(self, change: str) -> str:
        """Name three at most."""
        those = [fate for fate in self.fates if fate.change == change]
        named = "; ".join(f"{fate.region}{fate.text().removeprefix(change)}" for fate in those[:3])
        return f"{len(those)} {change} ({named}{'; ...' if len(those) > 3 else ''})"

    def _rerouted(self) -> list[str]:
        if self.flows is None or self.flows.empty:
            return []
        moved = self.flows.loc[self.flows["before"] != self.flows["after"], "windows"].sum()
        return [f"{moved / self.flows['windows'].sum():.1%} of held-out windows rerouted"]

    def _retention(self) -> list[str]:
        for row in self.overall:
            known = row["before"] is not None and row["after"] is not None
            if row["part"] == RETENTION and row["by"] == "routed" and "recall" in row["measure"] and known:
                return [f"retention {row['before']:.3f} -> {row['after']:.3f}"]
        return []


def compare(repository: Path, before: str, after: str) -> Comparison:
    """Compare two snapshots or candidates.

    Raises
    ------
    MissingError
        If there is no such snapshot, or its files are neither in the cache nor in a remote.
    """
    one, other = read_state(repository, before), read_state(repository, after)
    flowing, lacking = _flows(one, other)
    return Comparison(
        before=one.name,
        after=other.name,
        generations=(one.generation, other.generation),
        fates=fates(one, other),
        regions=region_changes(one, other),
        flows=flowing,
        flows_lacking=lacking,
        overall=overall_scores(one, other),
        by_region=region_scores(one, other),
    )


def _flows(before: State, after: State) -> tuple[pd.DataFrame | None, str | None]:
    """The probe set's way, or why it is not at hand."""
    try:
        return flows(before, after), None
    except MissingError as error:
        return None, str(error)
