"""All charts of the page, drawn from the chronicle."""

from collections.abc import Sequence

import numpy as np

from raie.audit.charts.chart import Chart
from raie.audit.charts.lineage import Happening, lineage_chart
from raie.audit.charts.operations import STACKED, operations_chart
from raie.audit.charts.quality import quality_chart
from raie.audit.charts.regionmap import region_map
from raie.audit.charts.spots import Spot
from raie.audit.chronicle import Chronicle
from raie.audit.lanes import Lane
from raie.audit.positions import Positions
from raie.regions.geometry import FloatArray

EVENTFUL = ("construct", "add", "reject", "merge", "retire", "renew", "end", "rollback")


def draw_charts(
    chronicle: Chronicle,
    lanes: Sequence[Lane],
    shares: dict[int, FloatArray],
    positions: Sequence[Positions],
    drift: FloatArray,
) -> dict[str, Chart]:
    """Draw every chart; by name, the maps as ``map1`` and on by generation."""
    nights = chronicle.nights
    dates, refused = chronicle.days, np.flatnonzero(nights["status"] == "refused").tolist()
    recall = {
        name: nights[name].to_numpy(np.float64)
        for name in ("heldout_recall", "forward_recall", "forward_base_recall")
    }
    charts = [
        *(_map(each, lanes, shares) for each in positions),
        lineage_chart(dates, lanes, happenings(chronicle, lanes), shares, refused=refused),
        operations_chart(dates, _sequences(chronicle), drift.tolist(), refused=refused),
        quality_chart(
            dates,
            retention=recall["heldout_recall"],
            forward=recall["forward_recall"],
            base=recall["forward_base_recall"],
            refused=refused,
        ),
    ]
    return {chart.name: chart for chart in charts}


def happenings(chronicle: Chronicle, lanes: Sequence[Lane]) -> list[Happening]:
    """Entries of the ledger that are more than routine, by lane; what has no lane is left out."""
    numbers, edits = {lane.region: lane.number for lane in lanes}, chronicle.edits
    columns = (edits["snapshot"], edits["operation"], edits["region"], edits["parents"])
    return [
        Happening(
            chronicle.places[snapshot],
            operation,
            numbers[region],
            _sources(numbers, operation, region, parents),
        )
        for snapshot, operation, region, parents in zip(*columns, strict=True)
        if operation in EVENTFUL and region in numbers
    ]


def _sources(numbers: dict[str, int], operation: str, region: str, parents: Sequence[str]) -> tuple[int, ...]:
    """Lanes that a region came from that night; a rollback only repeats where it once came from."""
    known = (numbers[parent] for parent in parents if parent in numbers and parent != region)
    return () if operation == "rollback" else tuple(known)


def _map(positions: Positions, lanes: Sequence[Lane], shares: dict[int, FloatArray]) -> Chart:
    first, last = positions.places
    spots = []
    for number, path in positions.paths.items():
        lived = np.flatnonzero(np.isfinite(path[:, 0]))
        share = float(shares[number][first + lived[-1]])
        living = bool(lived[-1] == len(path) - 1)
        spots.append(Spot(number, lanes[number].region, path[lived], share, living))
    return region_map(positions.generation, spots, list(positions.dots.items()))


def _sequences(chronicle: Chronicle) -> dict[str, list[int]]:
    """Sequences behind each night's edits, by operation."""
    counts = {operation: [0] * len(chronicle.nights) for operation in STACKED}
    edits, places = chronicle.edits, chronicle.places
    for snapshot, operation, n in zip(
        edits["snapshot"], edits["operation"], edits["n_sequences"], strict=True
    ):
        if operation in counts:
            counts[operation][places[snapshot]] += int(n)
    return counts
