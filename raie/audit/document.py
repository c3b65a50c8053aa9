"""The page's document: everything its script shows, and nothing that is not in the chronicle."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from raie.audit.cards import card_documents
from raie.audit.charts.chart import Chart
from raie.audit.charts.spots import LARGEST
from raie.audit.chronicle import Chronicle
from raie.audit.colours import REGIONS_LIGHT
from raie.audit.entries import entry_columns
from raie.audit.lanes import LIVE, Lane
from raie.audit.nights import night_documents
from raie.audit.positions import Positions
from raie.audit.values import column
from raie.regions.geometry import FloatArray


def page_document(
    chronicle: Chronicle,
    lanes: Sequence[Lane],
    shares: dict[int, FloatArray],
    positions: Sequence[Positions],
    drift: FloatArray,
    charts: dict[str, Chart],
) -> dict[str, Any]:
    """Put the parts together; every reference to a night is its place, every one to a region its number."""
    return {
        "as_of": chronicle.as_of,
        "n_colours": len(REGIONS_LIGHT),
        "nights": night_documents(chronicle, drift),
        "regions": card_documents(chronicle, lanes, shares),
        "ledger": entry_columns(chronicle, {lane.region: lane.number for lane in lanes}),
        "maps": [_map(each) for each in positions],
        "largest_circle": LARGEST,
        "frames": {name: chart.frame for name, chart in charts.items()},
    }


def _map(positions: Positions) -> dict[str, Any]:
    """A generation's paths and turns, a value for each of its nights."""
    return {
        "generation": positions.generation,
        "first": positions.places[0],
        "last": positions.places[1],
        "paths": {number: [column(axis) for axis in path.T] for number, path in positions.paths.items()},
        "turned": {number: column(degrees, 2) for number, degrees in positions.turned.items()},
    }


def headline(chronicle: Chronicle, lanes: Sequence[Lane]) -> str:
    """What became of the regions, in one sentence."""
    first = chronicle.in_force[0]
    begun = [lane for lane in lanes if lane.born == 0]
    promoted, refused = len(chronicle.promoted), int(np.sum(chronicle.nights["status"] == "refused"))
    living = sum(lane.state == LIVE for lane in lanes)
    ended = {
        state: sum(lane.state == state for lane in lanes)
        for state in ("merged", "retired", "ended", "rolled back")
    }
    born = len(lanes) - len(begun)
    parts = [f"{born or 'none'} born since", *(f"{count} {state}" for state, count in ended.items() if count)]
    refusals = f" and {refused} refused candidate{'s' * (refused > 1)}" if refused else ""
    return (
        f"{promoted} snapshot{'s' * (promoted > 1)}{refusals} from {first} to {chronicle.as_of}. "
        f"{len(begun)} regions at the beginning, {', '.join(parts)}: {living} now."
    )
