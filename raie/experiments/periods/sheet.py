"""The table over time in words: its columns, its caption, its differences."""

from collections.abc import Iterator
from dataclasses import asdict

from raie.experiments.periods.differences import Difference, Purpose
from raie.experiments.periods.question import N_TUNING
from raie.experiments.periods.row import PeriodsRow
from raie.experiments.periods.table import PeriodsTable
from raie.experiments.tables.caption import (
    bootstrap_sentence,
    budget_sentence,
    seed_sentences,
    spread_sentences,
    trial_sentence,
)
from raie.experiments.tables.columns import COST, Column
from raie.experiments.tables.grid import grid_of
from raie.experiments.tables.record import K
from raie.experiments.tables.roles import LORA
from raie.experiments.tables.sheet import Sheet
from raie.experiments.tables.words import NOT_KNOWN, count, difference, listed, printable


def _against(purpose: Purpose, name: str) -> Column[PeriodsRow]:
    def told(row: PeriodsRow) -> str:
        each = row.against(purpose)
        return NOT_KNOWN if each is None else difference(each.recall)

    return Column("Recall@10 against", name, text=told)


QUALITY: tuple[Column[PeriodsRow], ...] = (
    Column("", "Seeds", text=lambda row: str(len(row.seeds))),
    Column("Next period", "Recall@10", mean=lambda row: row.recall, sign=1),
    Column("Next period", "NDCG@10", mean=lambda row: row.ndcg, sign=1),
    _against("one adapter", LORA),
    _against("best baseline", "best baseline"),
    _against("random regions", "random regions"),
    _against("one region", "one region"),
    Column("Retention", "before", mean=lambda row: row.retention_before),
    Column("Retention", "at the end", mean=lambda row: row.retention_after, sign=1),
    Column("Retention", "slope per period", mean=lambda row: row.slope),
)


def periods_sheet_of(table: PeriodsTable) -> Sheet:
    """Put the experiment over time into words."""
    return Sheet(
        title=f"{printable(table.dataset)}, {printable(table.backbone)}, over time",
        label=f"{table.dataset}-{table.backbone}-periods",
        caption=" ".join(_sentences(table)),
        quality=grid_of("Quality", QUALITY, table.rows),
        cost=grid_of("Cost", COST, table.rows),
        differences=tuple(_lines(table)),
        codes=table.codes,
        numbers=asdict(table),
    )


def _lines(table: PeriodsTable) -> Iterator[str]:
    for row in table.rows:
        for reference in dict.fromkeys(each.reference for each in row.differences):
            yield _line(row.method, [each for each in row.differences if each.reference == reference])


def _line(method: str, same: list[Difference]) -> str:
    """A difference that may serve several purposes, as where one adapter is the best baseline."""
    each, purposes = same[0], " and ".join(each.purpose for each in same)
    return (
        f"{printable(method)} against {printable(each.reference)}: {difference(each.recall)} Recall@{K}, "
        f"{difference(each.ndcg)} NDCG@{K} ({purposes}, {listed(each.seeds)})"
    )


def _sentences(table: PeriodsTable) -> Iterator[str]:
    yield from _protocol(table)
    yield from seed_sentences(table.rows)
    yield trial_sentence(table.rows)
    yield budget_sentence(table.budget)
    yield (
        f"Retention: Recall@{K} on at most {count(table.protocol.max_retained)} setup windows of users held "
        "out, before anything was learnt and after every part; its slope is that of a line through all of "
        "these. Best values in bold."
    )
    yield from spread_sentences(table.rows)
    if any(row.differences for row in table.rows):
        yield bootstrap_sentence(n_resamples=table.n_resamples, seed=table.seed)
        yield (
            "There every window weighs the same, in the means every period. The best baseline is the one of "
            "the highest mean over the seeds it shares, and another one for itself."
        )
    if len(table.codes) > 1:
        yield f"Cells were made by {len(table.codes)} versions of the code."


def _protocol(table: PeriodsTable) -> Iterator[str]:
    protocol = table.protocol
    rating = "" if protocol.min_rating is None else f", ratings from {protocol.min_rating:g}"
    yield (
        f"{printable(table.dataset)}, {printable(table.backbone)}, protocol {printable(protocol.name)} over "
        f"time: histories of {protocol.min_history} to {protocol.length} items{rating}; setup up to the "
        f"{protocol.setup_quantile:g} quantile of time, what came after it in {protocol.n_parts} consecutive "
        f"parts of equal numbers of windows; {100 * protocol.heldout_share:g} % of users held out."
    )
    yield (
        f"Each part is scored by what was fitted before (at most {count(protocol.max_scored)} windows of "
        f"everybody) and then learnt from (at most {count(protocol.max_learnt)} windows of users not held "
        f"out, {protocol.epochs} passes in batches of {protocol.batch_size}); methods go on from what they "
        f"were. Learning part 1 and scoring part {N_TUNING} chose the settings; means are over the "
        f"{protocol.n_parts - N_TUNING} parts that follow."
    )
    yield (
        f"Recall@{K} and NDCG@{K} by full ranking of all {count(protocol.n_items)} items, "
        "seen items not removed."
    )
