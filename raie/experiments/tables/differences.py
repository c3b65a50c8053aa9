"""The comparisons in words, a line each."""

from raie.experiments.tables.rows import Table
from raie.experiments.tables.significance import Comparison
from raie.experiments.tables.words import difference, listed, printable

PARTS = {
    "setup_seen": "Setup seen",
    "setup_heldout": "Setup held out",
    "test": "Test",
    "test_new": "Test, new",
}
PURPOSES = {
    "best baseline": "best baseline",
    "random regions": "regions drawn at random",
    "one region": "no cut into regions",
    "retention": "retention",
}


def lines_of(table: Table) -> tuple[str, ...]:
    """One line per comparison, in the order of the table."""
    return tuple(map(_line, table.comparisons))


def _line(each: Comparison) -> str:
    where = f"on {PARTS[each.part]} ({PURPOSES[each.purpose]}, {listed(each.seeds)})"
    return (
        f"{printable(each.method)} against {printable(each.reference)}: {difference(each.recall)} Recall@10, "
        f"{difference(each.ndcg)} NDCG@10 {where}"
    )
