"""What the stage edit decided, written for the ledger and for readers."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from raie.edits.decide import Operation
from raie.edits.edit import Edit
from raie.edits.night import NightEdit
from raie.encodings.memory import Memory
from raie.params import EditParams
from raie.regions.regionset import RegionSet, region_digest
from raie.sequences.windows import Windows
from raie.snapshots.digests import canonical, text_digest
from raie.stages.artefacts import ASSIGNMENTS, DECISIONS, EDITS


def write_decisions(
    folder: Path, candidates: Windows, result: NightEdit, before: RegionSet, params: EditParams
) -> None:
    """Write what was decided for every sequence of a night, and which region each one trains.

    Parameters
    ----------
    folder : Path
        Gets ``decisions.parquet`` and ``assignments.parquet``.
    candidates : Windows
        The pool's, then the night's.
    before : RegionSet
        What was decided against.
    """
    made, ids = result.decisions, np.array([*before.ids, ""], dtype=object)
    table = {
        "user_id": candidates.user_ids.astype(object),
        "label_time": candidates.label_times,
        "operation": np.array([Operation(code).name.lower() for code in made.operation], dtype=object),
        "region": ids[made.region],
        "runner_up": ids[made.runner_up],
        "angle": made.angle,
        "radius": made.radius,
        "posterior": made.posterior,
        "margin": made.margin,
        "expansion": np.full(len(made), params.expansion),
        "min_posterior_margin": np.full(len(made), params.min_posterior_margin),
    }
    pd.DataFrame(table).to_parquet(folder / DECISIONS, index=False)
    given = result.assignments
    assignments = {
        "row": given.rows,
        "region": given.region_ids.astype(object),
        "weight": given.weights,
    }
    pd.DataFrame(assignments).to_parquet(folder / ASSIGNMENTS, index=False)


def write_edits(
    folder: Path, edits: Iterable[Edit], before: RegionSet, after: RegionSet, given: Memory, date: str
) -> None:
    """Write ``edits.jsonl``: every edit with digests of the center before and after, and of what it rests on.

    Parameters
    ----------
    given : Memory
        The sequences behind the edits, each with the region it went to.
    date : str
        ISO date of the run.
    """
    sources = {name: _source_digest(given.of(name).windows) for name in after.ids}
    lines = [
        canonical(
            {
                "date": date,
                "edit": item.to_document(),
                "center_before": _digest(before, item.region),
                "center_after": _digest(after, item.region),
                "sequences_digest": sources.get(item.region),
            }
        )
        for item in edits
    ]
    (folder / EDITS).write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _digest(regions: RegionSet, region: str) -> str | None:
    return region_digest(regions, region) if region in regions.ids else None


def _source_digest(windows: Windows) -> str:
    """Digest of which sequences stand behind an edit: users, label times and labels."""
    columns = (windows.user_ids.tolist(), windows.label_times.tolist(), windows.next_items.tolist())
    return text_digest(json.dumps(columns))
