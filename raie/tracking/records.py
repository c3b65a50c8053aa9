"""What the MLflow runs of a tag hold: tags, params, metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from raie.tracking.documents import Tagged
from raie.tracking.numbers import flatten, night_numbers, region_numbers

Points = Sequence[tuple[str, float, int]]
"""Name, value and step."""


@dataclass(frozen=True)
class Record:
    """What one MLflow run holds."""

    tags: Mapping[str, str]
    points: Points
    params: Mapping[str, Any] = field(default_factory=dict)


def night_record(tagged: Tagged, seconds: Mapping[str, float]) -> Record:
    """The run as a whole; ``seconds`` is the wall time of each stage."""
    night, promotion = tagged.night, tagged.gates.get("promotion", {})
    described = {
        **tagged.identity,
        "kind": night.kind,
        "previous": night.previous,
        "promoted": str(tagged.promoted).lower(),
        "promotion": promotion.get("headline"),
        "mlflow.source.name": "raie",
        "mlflow.source.type": "JOB",
        "mlflow.source.git.commit": night.code_commit,
    }
    gates = {f"gate.{name}": _word(gate) for name, gate in tagged.gates.items() if "passed" in gate}
    values = {**night_numbers(tagged), **{f"seconds.{name}": value for name, value in seconds.items()}}
    return Record(
        tags={name: str(value) for name, value in {**described, **gates}.items() if value is not None},
        points=[(name, value, 0) for name, value in values.items()],
        params=flatten(tagged.manifest["params"]),
    )


def region_record(tagged: Tagged, region: str) -> Record:
    """One region whose adapter trained, its loss over the steps from 1."""
    losses = tagged.training[region].get("losses", [])
    edits = dict.fromkeys(edit["operation"] for edit in tagged.edits if edit["region"] == region)
    return Record(
        tags={"date": tagged.date, "edits": " ".join(edits) or "none"},
        points=[
            *((name, value, 0) for name, value in region_numbers(tagged, region).items()),
            *(("loss", float(loss), step) for step, loss in enumerate(losses, start=1)),
        ],
    )


def _word(gate: Mapping[str, Any]) -> str:
    return "passed" if gate["passed"] else "refused"
