"""Rows of the index from the manifest of one tag; what an older manifest lacks stays unknown."""

import json
import re
from collections.abc import Collection
from typing import Any

from raie.snapshots.tags import CANDIDATE_PREFIX, PREFIX

Document = dict[str, Any]
Row = dict[str, Any]
PARTS = ("setup_heldout", "newest_heldout", "forward")
"""Sections of the metrics that are told by region."""

_RECALL = re.compile(r"recall_at_([0-9]+)")


def section(document: Any, *names: str) -> Document:
    """Part of a document, by its keys from the outside in; empty where there is none."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def tag_row(ref: str, commit: str, manifest: Document) -> Row:
    """What a tag says of itself."""
    night, refused = section(manifest, "night"), ref.startswith(CANDIDATE_PREFIX)
    identifier = ref.removeprefix(PREFIX).removeprefix(CANDIDATE_PREFIX)
    previous = night.get("previous")
    first_day, last_day = _days(section(manifest, "artefacts", "raw"))
    counts = section(manifest, "gates", "interactions", "counts")
    return {
        "ref": ref,
        "commit": commit,
        "refused": refused,
        "snapshot": identifier,
        "date": night.get("date") or identifier[:10],
        "kind": night.get("kind") or ("nightly" if previous else "construct"),
        "generation": night.get("generation") or 1,
        "previous": previous,
        "n_regions": len(_regions(manifest)),
        "first_day": first_day,
        "last_day": last_day,
        "n_accepted": counts.get("accepted"),
        "n_refused": counts.get("refused"),
        **_headline_metrics(section(manifest, "metrics")),
        "root_hash": manifest.get("root_hash"),
        "ledger_head": manifest.get("ledger_head"),
        "code_commit": night.get("code_commit"),
        "run": night.get("run"),
    }


def metric_rows(manifest: Document) -> list[Row]:
    """One row per region and part."""
    metrics = section(manifest, "metrics")
    k = _k(metrics)
    return [
        {
            "region": region,
            "part": part,
            "windows": scores.get("windows"),
            "recall": scores.get(f"recall_at_{k}"),
            "ndcg": scores.get(f"ndcg_at_{k}"),
        }
        for part in PARTS
        for region, scores in section(metrics, part, "regions").items()
    ]


def training_rows(manifest: Document) -> list[Row]:
    """One row per region, trained or carried over."""
    return [_training_row(region, log) for region, log in section(manifest, "training").items()]


def gate_rows(manifest: Document) -> list[Row]:
    """One row per gate that judged; `promoted` is the last gate's word for `passed`."""
    return [
        {
            "gate": name,
            "passed": gate.get("passed", gate.get("promoted")),
            "headline": gate.get("headline") or "",
            "warnings": json.dumps(gate.get("warnings") or []),
        }
        for name, gate in section(manifest, "gates").items()
    ]


def _training_row(region: str, log: Any) -> Row:
    log = section(log)
    losses, norm = log.get("losses") or [None], section(log, "norm")
    return {
        "region": region,
        "trained": bool(log.get("trained", False)),
        "windows": log.get("windows"),
        "replayed": log.get("replayed"),
        "steps": log.get("steps"),
        "first_loss": losses[0],
        "last_loss": losses[-1],
        "norm_mean": norm.get("mean"),
        "norm_max": norm.get("max"),
    }


def _headline_metrics(metrics: Document) -> Row:
    heldout, k = section(metrics, "setup_heldout"), _k(metrics)
    recall, ndcg = f"recall_at_{k}", f"ndcg_at_{k}"
    return {
        "k": k,
        "heldout_windows": heldout.get("windows"),
        "heldout_recall": section(heldout, "routed").get(recall),
        "heldout_ndcg": section(heldout, "routed").get(ndcg),
        "base_recall": section(heldout, "base").get(recall),
        "newest_recall": section(metrics, "newest_heldout", "routed").get(recall),
        "forward_recall": section(metrics, "forward", "routed").get(recall),
        "forward_base_recall": section(metrics, "forward", "base").get(recall),
    }


def _k(metrics: Document) -> int | None:
    """Length of the lists that were judged, from the metrics' own names."""
    names = (name for part in PARTS for name in section(metrics, part, "routed"))
    return min((int(found[1]) for found in map(_RECALL.fullmatch, names) if found), default=None)


def _regions(manifest: Document) -> Collection[str]:
    """Every region is told of in the training log; before there was one, by its adapter."""
    adapters = section(manifest, "artefacts", "adapters")
    return section(manifest, "training") or {file.partition("/")[0] for file in adapters}


def _days(raw: Document) -> tuple[str | None, str | None]:
    days = [file.partition(".")[0] for file in raw]
    return min(days, default=None), max(days, default=None)
