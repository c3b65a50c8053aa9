"""The card of a snapshot: equal documents and outputs give equal text."""

from collections.abc import Sequence
from typing import Any

import yaml
from markupsafe import Markup

from raie.cards.limits import failures, floor_sentence, limits
from raie.cards.markdown import render
from raie.cards.regions import region_rows
from raie.cards.results import NAMES, THIS, Result, differences, results
from raie.cards.sources import Sources
from raie.snapshots.ids import CANDIDATE_PREFIX

KINDS = {
    "construct": "genesis",
    "nightly": "a night",
    "retrain": "a retrain, which begins a generation",
    "restore": "a rollback",
    "erase": "an erasure",
}


def render_card(sources: Sources) -> str:
    """Write a card under the headings of the hub's model cards, with its metadata before them.

    Parameters
    ----------
    sources : Sources
        As `raie.cards.sources.read_sources` finds them.

    Returns
    -------
    str
        Markdown with a YAML front matter.
    """
    measured, compared, rows = results(sources), differences(sources), region_rows(sources)
    params, manifest = sources.params, sources.manifest
    promotion = manifest.get("gates", {}).get("promotion", {})
    refused = not promotion.get("promoted", True)
    worst = floor_sentence(rows, min_windows=params.promotion.min_region_windows, k=params.evaluate.k)
    return render(
        "card.md",
        front_matter=Markup(_front_matter(sources, measured)),
        s=sources,
        p=params,
        k=params.evaluate.k,
        night=sources.night,
        kind=KINDS.get(sources.night.kind, sources.night.kind),
        promotion=promotion,
        refused=refused,
        name=CANDIDATE_PREFIX * refused + sources.night.snapshot,
        delivered=manifest.get("gates", {}).get("interactions", {}).get("counts", {}),
        days=sorted(name.removesuffix(".parquet") for name in manifest["artefacts"]["raw"]),
        results=measured,
        differences=compared,
        names=NAMES,
        regions=rows,
        floor=worst,
        limits=limits(sources, rows, measured),
        failures=failures(sources, compared),
    )


def _front_matter(sources: Sources, measured: Sequence[Result]) -> str:
    night, backbone = sources.night, sources.params.backbone.name
    metadata = {
        "library_name": "raie",
        "tags": ["sequential-recommendation", "next-item-recommendation", "lora", "peft", backbone],
        "metrics": ["recall", "ndcg"],
        "model-index": [
            {
                "name": f"raie {night.snapshot}",
                "results": [_indexed(row, sources) for row in measured if row.model == THIS],
            }
        ],
    }
    return yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True)


def _indexed(row: Result, sources: Sources) -> dict[str, Any]:
    k, ranked = sources.params.evaluate.k, row.ranked
    return {
        "task": {"type": "next-item-recommendation", "name": "Next item, full ranking"},
        "dataset": {"type": sources.params.data.source, "name": row.name},
        "metrics": [
            {"type": "recall", "name": f"Recall@{k}", "value": round(ranked.recall.value or 0.0, 6)},
            {"type": "ndcg", "name": f"NDCG@{k}", "value": round(ranked.ndcg.value or 0.0, 6)},
        ],
    }
