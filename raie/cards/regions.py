"""The card's table of regions, and the worst of them."""

from collections import Counter
from dataclasses import dataclass

from raie.cards.estimates import Estimate, estimate
from raie.cards.sources import Document, Sources

SERVED_BY = "candidate_region"


@dataclass(frozen=True)
class RegionRow:
    """One region.

    Attributes
    ----------
    region : str
    edits : str
        What was done to it in this run.
    trained : int or None
        New windows its adapter was trained on; None where it was left as it was.
    windows : int
        Held-out Set-up windows that it serves.
    recall : Estimate
        Recall@k of those.
    newest, forward : tuple of (int, float or None)
        Windows and Recall@k of the other parts; of ``forward``, as the champion before served them.
    """

    region: str
    edits: str
    trained: int | None
    windows: int
    recall: Estimate
    newest: tuple[int, float | None]
    forward: tuple[int, float | None]


def region_rows(sources: Sources) -> list[RegionRow]:
    """One row per region, by id."""
    edits = _edits(sources)
    return [
        RegionRow(
            region=region,
            edits=edits.get(region, ""),
            trained=trained.get("windows") if trained.get("trained") else None,
            windows=_part(sources, "setup_heldout", region)[0],
            recall=_recall(sources, region),
            newest=_part(sources, "newest_heldout", region),
            forward=_part(sources, "forward", region),
        )
        for region, trained in sorted(sources.manifest["training"].items())
    ]


def floor(rows: list[RegionRow], *, min_windows: int) -> RegionRow | None:
    """The region of the lowest held-out Recall@k among those with enough windows, if there is one."""
    enough = [row for row in rows if row.windows >= min_windows and row.recall.value is not None]
    return min(enough, key=lambda row: (row.recall.value or 0.0, row.region), default=None)


def _edits(sources: Sources) -> dict[str, str]:
    counts = Counter[tuple[str, str]]()
    for entry in sources.entries:
        edit: Document = entry["edit"]
        counts[edit["region"], edit["operation"]] += int(edit.get("n_sequences", 0))
    said: dict[str, list[str]] = {}
    for (region, operation), n_sequences in sorted(counts.items()):
        said.setdefault(region, []).append(f"{operation} {n_sequences}" if n_sequences else operation)
    return {region: ", ".join(parts) for region, parts in said.items()}


def _part(sources: Sources, part: str, region: str) -> tuple[int, float | None]:
    found = sources.metrics.get(part, {}).get("regions", {}).get(region)
    return (0, None) if found is None else (found["windows"], found[f"recall_at_{sources.params.evaluate.k}"])


def _recall(sources: Sources, region: str) -> Estimate:
    """Mean from the metrics; interval from the ranks, where they say which region served."""
    value, ranks = _part(sources, "setup_heldout", region)[1], sources.outcomes.get("setup_heldout")
    if ranks is None or value is None:
        return Estimate(value)
    # before it was kept apart, the region was that of the champion, if there was one
    column = SERVED_BY if SERVED_BY in ranks else "region"
    if column == "region" and "champion_rank" in ranks:
        return Estimate(value)
    drawn = estimate(ranks[ranks[column] == region], "candidate_rank", sources.params)
    return Estimate(value, drawn.recall.low, drawn.recall.high)
