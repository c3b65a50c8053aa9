"""What the gates of a run wrote, in the order of the pipeline."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from raie.reports.shapes import Number, Shape, read_document

ORDER = ("interactions", "sequences", "encodings", "regions", "adapters", "metrics", "promotion")
Status = Literal["passed", "passed with warnings", "refused", "not judged", "cannot be read"]


class Expectation(Shape):
    """Result of one expectation."""

    suite: str = ""
    expectation: str = ""
    column: str | None = None
    reason: str = ""
    success: bool
    unexpected: Number = None
    severity: str = "critical"


class DeliveredFile(Shape):
    """What became of one delivered file."""

    file: str
    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    passed: bool = True
    headline: str = ""


class Check(Shape):
    """Candidate against champion on one set of windows; Recall@k and its difference with an interval."""

    name: str
    windows: int = 0
    champion: Number = None
    candidate: Number = None
    difference: Number = None
    low: Number = None
    high: Number = None
    max_loss: Number = None
    passed: bool = True
    judged: bool = True
    reason: str = ""

    @property
    def lost(self) -> bool:
        """Whether the candidate is worse beyond chance, or beyond the margin."""
        if self.difference is None or self.high is None:
            return False  # not judged
        return self.high < 0 or (self.max_loss is not None and self.difference < -self.max_loss)


class GateDocument(Shape):
    """One gate's verdict; `passed` and `promoted` mean the same."""

    passed: bool | None = None
    promoted: bool | None = None
    headline: str = ""
    counts: dict[str, Any] = {}
    measured: dict[str, Any] = {}
    thresholds: dict[str, Any] = {}
    warnings: tuple[str, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    reasons: dict[str, int] = {}
    files: tuple[DeliveredFile, ...] = ()
    first: bool = False
    """Whether there was no champion to compare with."""
    checks: tuple[Check, ...] = ()
    confidence: Number = None
    k: int | None = None

    def count(self, name: str) -> int | None:
        """One of the counts, None where it is not known."""
        value = self.counts.get(name)
        return value if isinstance(value, int) else None


@dataclass(frozen=True)
class GateResult:
    """A gate by name, with its document, if there is one that can be read."""

    name: str
    document: GateDocument | None = None
    fault: str | None = None

    @property
    def status(self) -> Status:
        """What the gate said, in words."""
        if self.fault is not None:
            return "cannot be read"
        if self.document is None:
            return "not judged"
        passed = self.document.promoted if self.document.passed is None else self.document.passed
        if passed is None:
            return "not judged"
        if not passed:
            return "refused"
        return "passed with warnings" if self.document.warnings else "passed"


def read_gates(folder: Path) -> tuple[GateResult, ...]:
    """Read ``<gate>.json`` of every gate in the order of the pipeline, then of any other by name."""
    others = sorted({path.stem for path in folder.glob("*.json")} - set(ORDER))
    parse = GateDocument.model_validate_json
    return tuple(
        GateResult(name, *read_document(folder / f"{name}.json", parse)) for name in (*ORDER, *others)
    )
