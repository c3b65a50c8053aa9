"""The documents of one run, read from its work tree as far as the run got."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from raie.reports.gatedocuments import GateDocument, GateResult, read_gates
from raie.reports.shapes import Number, Shape, read_document


class NightShape(Shape):
    """``data/night.json``."""

    previous: str | None = None
    kind: str = "nightly"
    generation: int = 1
    restored: str | None = None
    restored_region: str | None = None
    erasure: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether a person decided it, so that nothing was delivered."""
        return self.kind == "restore" or bool(self.erasure)


class Scores(Shape):
    """Ranking metrics of one set of windows, through the router and by the base alone."""

    windows: int = 0
    fallback_share: Number = None
    ambiguous_share: Number = None
    routed: dict[str, Number] = {}
    base: dict[str, Number] = {}


class Metrics(Shape):
    """``data/metrics.json``; a run without a champion has no forward metrics."""

    forward: Scores | None = None
    setup_heldout: Scores | None = None


class EditRecord(Shape):
    """One edit, without its numbers."""

    operation: str
    region: str
    parents: tuple[str, ...] = ()
    n_sequences: int = 0


class EditLine(Shape):
    """One line of ``edits.jsonl`` or of a ledger."""

    edit: EditRecord


class RegionTraining(Shape):
    """What an adapter was trained on."""

    trained: bool = False
    windows: int = 0


_TRAINING = TypeAdapter(dict[str, RegionTraining])


@dataclass(frozen=True)
class RunDocuments:
    """What a run left behind; None (or nothing) where it ended earlier or a document cannot be read."""

    night: NightShape
    gates: tuple[GateResult, ...]
    metrics: Metrics | None
    edits: tuple[EditRecord, ...] | None
    training: dict[str, RegionTraining] | None
    faults: tuple[str, ...]

    def gate(self, name: str) -> GateDocument:
        """One gate's document, an empty one where there is none."""
        found = next((each.document for each in self.gates if each.name == name), None)
        return found or GateDocument()


def read_run(worktree: Path) -> RunDocuments:
    """Read the documents of a work tree; this never fails, whatever lies there."""
    data = worktree / "data"
    gates = read_gates(data / "gates")
    night, night_fault = read_document(data / "night.json", NightShape.model_validate_json)
    metrics, metrics_fault = read_document(data / "metrics.json", Metrics.model_validate_json)
    edits, edits_fault = read_document(data / "decisions" / "edits.jsonl", parse_edits)
    training, training_fault = read_document(data / "training.json", _TRAINING.validate_json)
    faults = [*(gate.fault for gate in gates), night_fault, metrics_fault, edits_fault, training_fault]
    return RunDocuments(
        night=night or NightShape(),
        gates=gates,
        metrics=metrics,
        edits=edits,
        training=training,
        faults=tuple(fault for fault in faults if fault),
    )


def parse_edits(lines: bytes) -> tuple[EditRecord, ...]:
    """Edits of ``edits.jsonl`` or of a ledger, which holds the same and more.

    Raises
    ------
    ValidationError
        If a line is no edit.
    """
    return tuple(EditLine.model_validate_json(line).edit for line in lines.split(b"\n") if line)
