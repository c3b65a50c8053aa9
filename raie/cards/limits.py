"""What a snapshot's own numbers say against it: limits of what was measured, and what went wrong."""

from collections.abc import Iterator, Sequence

from raie.cards.regions import RegionRow, floor
from raie.cards.results import Result
from raie.cards.sources import Document, Sources

FEW_USERS = 100
"""With fewer held-out users the interval of a share may be wider than 0.2."""
SEEN = 0.0005
"""Smaller shares are none at the precision that is printed."""
NAMED = 20
"""Regions that a sentence names before it only counts."""

_ROUTED = (("setup_heldout", "held-out Set-up windows"), ("forward", "what arrived"))


def limits(sources: Sources, rows: Sequence[RegionRow], measured: Sequence[Result]) -> list[str]:
    """Limits that follow from the numbers, a sentence or two each."""
    return [
        *_thin_regions(rows, sources.params.promotion.min_region_windows),
        *_few_users(measured),
        *_unserved(sources),
        *_without_intervals(measured),
    ]


def failures(sources: Sources, compared: Sequence[Result]) -> list[str]:
    """What is known to have gone wrong: gates and comparisons that failed, losses beyond chance."""
    return [*_gates(sources.manifest.get("gates", {})), *_worse(compared)]


def floor_sentence(rows: Sequence[RegionRow], *, min_windows: int, k: int) -> str:
    """Name the region of the lowest Recall@k among those with enough windows."""
    worst = floor(list(rows), min_windows=min_windows)
    if worst is not None:
        return f"{worst.region}, at Recall@{k} {worst.recall.value:.4f} on {worst.windows:,} held-out windows"
    few = f"no region has {min_windows} held-out windows (promotion.min_region_windows)"
    lowest = floor(list(rows), min_windows=1)
    if lowest is None:
        return few
    return (
        f"{few}; the lowest of all is {lowest.region}, at {lowest.recall.value:.4f} on {lowest.windows:,}, "
        "too few to judge by"
    )


def _thin_regions(rows: Sequence[RegionRow], min_windows: int) -> Iterator[str]:
    thin = [row.region for row in rows if row.windows < min_windows]
    if thin:
        more = f" and {len(thin) - NAMED} more" if len(thin) > NAMED else ""
        yield (
            f"{len(thin)} of {len(rows)} regions have fewer than {min_windows} held-out windows, too few "
            f"to be judged alone: {', '.join(thin[:NAMED])}{more}."
        )


def _few_users(measured: Sequence[Result]) -> Iterator[str]:
    users = {row.part: row.users for row in measured}
    n_users = users.get("setup_heldout")
    if n_users is not None and n_users < FEW_USERS:
        yield f"Retention rests on {n_users} held-out users: small differences cannot be seen."


def _unserved(sources: Sources) -> Iterator[str]:
    metrics = sources.metrics
    shares = [(name, metrics.get(part, {}).get("fallback_share")) for part, name in _ROUTED]
    said = [f"{100 * value:.1f} % of {name}" for name, value in shares if value and value >= SEEN]
    if said:
        yield f"Histories outside every region get the base alone, without an adapter: {', '.join(said)}."


def _without_intervals(measured: Sequence[Result]) -> Iterator[str]:
    without = [row.name for row in measured if row.ranked.recall.low is None]
    if without:
        names = ", ".join(dict.fromkeys(without))
        yield f"Some results are without intervals, because ranks by user are not at hand: {names}."


def _gates(gates: Document) -> Iterator[str]:
    for name, gate in sorted(gates.items()):
        if gate.get("passed", gate.get("promoted", True)) is False:
            yield f"Gate {name} said no: {gate.get('headline', '')}"
        for warning in gate.get("warnings", ()):
            yield f"Gate {name} warned: {warning}"
        for expected in gate.get("expectations", ()):
            if not expected["success"] and expected.get("severity") != "warning":
                yield f"Gate {name}: {expected.get('column') or 'all rows'} {expected['reason']}"
        for check in gate.get("checks", ()):
            lost = (check.get("difference") or 0.0) < -(check.get("max_loss") or 0.0)
            if lost:
                yield f"Gate {name}: {check['name']} {check['difference']:+.4f}, {check['reason']}"


def _worse(compared: Sequence[Result]) -> Iterator[str]:
    for row in compared:
        recall = row.ranked.recall
        if recall.value is not None and recall.high is not None and recall.high < 0:
            yield (
                f"Recall on {row.name}, {row.model}: {recall.value:+.4f} "
                f"({recall.low:+.4f} to {recall.high:+.4f}), worse beyond chance."
            )
