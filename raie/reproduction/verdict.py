"""What came of making a snapshot again."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from raie.reproduction.difference import Difference
from raie.reproduction.machine import describe

TOLERANCE = 1e-4
"""Largest difference of two numbers that another kind of processor may make, relative where beyond 1."""

Verdict = Literal["bit-identical", "within tolerance", "differs"]


@dataclass(frozen=True)
class Reproduction:
    """A snapshot and what its stages made of the same inputs this time.

    Attributes
    ----------
    tag : str
    root_hash : str
        Of the stored manifest.
    outputs, files : int
        How many were compared.
    differences : tuple of Difference
        Outputs that came out otherwise, in the order of the pipeline.
    changed : tuple of str
        Files in git that came out otherwise, outputs among them; with none of them all is bit-identical.
    unexplained : tuple of str
        Those that are neither outputs nor follow from one.
    made_on, here : dict of str to str
    """

    tag: str
    root_hash: str
    outputs: int
    files: int
    differences: tuple[Difference, ...]
    changed: tuple[str, ...]
    unexplained: tuple[str, ...]
    made_on: dict[str, str]
    here: dict[str, str]

    @property
    def verdict(self) -> Verdict:
        """How close it came."""
        if not self.changed and not self.differences:
            return "bit-identical"
        within = all(each.within(TOLERANCE) for each in self.differences)
        return "within tolerance" if within and not self.unexplained else "differs"

    @property
    def good(self) -> bool:
        """Whether it counts as reproduced."""
        return self.verdict != "differs"

    def headline(self) -> str:
        """One line."""
        if self.verdict == "bit-identical":
            size = f"{self.outputs} outputs, {self.files} files"
            return f"{self.tag} bit-identical: {size}, root hash {self.root_hash[:12]}"
        if not self.differences:
            return f"{self.tag} differs: all outputs are the same, but not {', '.join(self.changed)}"
        return f"{self.tag} {self.verdict}: {self._extent()}"

    def lines(self) -> list[str]:
        """Return the headline and the machines."""
        return [self.headline(), describe(self.made_on, self.here)]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per output that differs."""
        return [
            {
                "stage": each.stage,
                "output": each.output,
                "files": each.files,
                "differ": each.differing,
                "largest": f"{each.largest:.1e}" if each.compared else None,
                "others": each.others if each.compared else None,
            }
            for each in self.differences
        ]

    def document(self) -> dict[str, Any]:
        """Everything, as what JSON can hold."""
        document = {"verdict": self.verdict, "headline": self.headline(), "tolerance": TOLERANCE}
        return {**document, **asdict(self)}

    def _extent(self) -> str:
        first, count = self.differences[0], len(self.differences)
        largest = max(each.largest for each in self.differences)
        others = sum(each.others for each in self.differences)
        missing = [each.output for each in self.differences if not each.compared]
        parts = [
            f"{count} of {self.outputs} outputs differ, first at stage {first.stage}",
            f"numbers by at most {largest:.1e} (tolerance {TOLERANCE:.0e})",
            f"{others} ids, decisions or counts differ"
            if others
            else "ids, decisions and counts are the same",
        ]
        if missing:
            parts.append(f"not at hand to compare: {', '.join(missing)}")
        if self.unexplained:
            parts.append(f"also changed: {', '.join(self.unexplained)}")
        return "; ".join(parts)
