"""Judge what a stage wrote."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from raie.exceptions import UsageError
from raie.gates.adapters import adapter_suites
from raie.gates.encodings import encoding_suites
from raie.gates.judgement import Judgement, Suite, judge
from raie.gates.layout import GATE_DOCUMENTS
from raie.gates.metrics import metric_suites
from raie.gates.regions import region_suites
from raie.gates.run import Run
from raie.gates.sequences import sequence_suites

GATES: Mapping[str, str] = {
    "sequences": "sequences",
    "encode": "encodings",
    "edit": "regions",
    "adapt": "adapters",
    "evaluate": "metrics",
}
"""The gate after each stage that has one; the gate on interactions is part of the stage ingest."""

_SUITES: Mapping[str, Callable[[Run], Iterator[Suite]]] = {
    "sequences": sequence_suites,
    "encodings": encoding_suites,
    "regions": region_suites,
    "adapters": adapter_suites,
    "metrics": metric_suites,
}


def judge_artefact(gate: str, worktree: Path) -> Judgement:
    """Judge a stage's outputs and write the judgement to ``data/gates/<gate>.json``.

    Parameters
    ----------
    gate : str
        One of the values of `GATES`.
    worktree : Path
        Work tree of the run, its stages done up to the one that is judged.

    Returns
    -------
    Judgement
        Of a gate that failed too: what cannot be read has not passed.

    Raises
    ------
    UsageError
        If there is no such gate, or ``params.yaml`` cannot be used.
    RefusedError
        If ``data/night.json`` cannot be read.
    """
    if gate not in _SUITES:
        raise UsageError(f"no gate '{gate}': choose from {', '.join(_SUITES)}")
    run = Run.load(worktree)
    thresholds = getattr(run.params.gates, gate).model_dump()
    judgement = judge(gate, _SUITES[gate](run), thresholds=thresholds, root=worktree)
    folder = run.data / GATE_DOCUMENTS
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(judgement.document(), indent=2, sort_keys=True, allow_nan=False) + "\n"
    (folder / f"{gate}.json").write_text(text, encoding="utf-8")
    return judgement
