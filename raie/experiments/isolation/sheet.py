"""The table on isolation in words: its columns, its caption, its differences."""

from collections.abc import Iterator
from dataclasses import asdict

from raie.experiments.isolation.question import LEAVES, N_CALM, POISONED, RETURNS
from raie.experiments.isolation.row import IsolationRow
from raie.experiments.isolation.table import IsolationTable
from raie.experiments.tables.caption import budget_sentence, seed_sentences, spread_sentences
from raie.experiments.tables.columns import COST, Column
from raie.experiments.tables.grid import grid_of
from raie.experiments.tables.means import Mean
from raie.experiments.tables.record import K
from raie.experiments.tables.roles import LORA
from raie.experiments.tables.sheet import Sheet
from raie.experiments.tables.words import NOT_KNOWN, count, metric, printable


def _column(group: str, name: str, value: str, sign: int = 0) -> Column[IsolationRow]:
    return Column(group, name, mean=lambda row: row.means[value], sign=sign)


def _numbers(row: IsolationRow) -> str:
    mean = row.means["trained_parameters"]
    return NOT_KNOWN if mean is None else count(mean.value)


QUALITY: tuple[Column[IsolationRow], ...] = (
    Column("", "Seeds", text=lambda row: str(len(row.seeds))),
    _column("Group away", "before", "before", 1),
    _column("Group away", "never left", "stayed", 1),
    _column("Group away", "came back", "returned", 1),
    _column("Group away", "loss", "absence_loss", -1),
    _column("Poison", "group's loss", "poison_loss_group"),
    _column("Poison", "others' loss", "poison_loss_others", -1),
    _column("Poison", "others' lists changed", "lists_changed", -1),
    _column("Rollback", "poison in region", "received"),
    _column("Rollback", "changed inside", "inside_changed"),
    _column("Rollback", "changed outside", "outside_changed", -1),
    _column("Rollback", "changed of others", "others_changed", -1),
    _column("Rollback", "group's loss", "rollback_loss_group", -1),
    _column("Rollback", "others' loss", "rollback_loss_others", -1),
    Column("A part", "trains numbers", text=_numbers),
    _column("A part", "regions reached", "regions_received"),
    _column("A part", "regions changed", "regions_changed", -1),
)
TOLD = {
    "returned": "Recall@10 of a group that came back",
    "absence_loss": "loss over the absence",
    "poison_loss_others": "others' loss by poison",
    "lists_changed": "others' lists changed by poison",
    "rollback_loss_group": "group's loss after rollback",
    "rollback_loss_others": "others' loss after rollback",
    "others_changed": "others' scores changed by rollback",
}
"""What is told of the differences to one adapter."""


def isolation_sheet_of(table: IsolationTable) -> Sheet:
    """Put the experiment on isolation into words."""
    return Sheet(
        title=f"{printable(table.dataset)}, {printable(table.backbone)}, what is kept apart",
        label=f"{table.dataset}-{table.backbone}-isolation",
        caption=" ".join(_sentences(table)),
        quality=grid_of("Quality", QUALITY, table.rows),
        cost=grid_of("Cost", COST, table.rows),
        differences=tuple(_line(row) for row in table.rows if row.against_lora),
        codes=table.codes,
        numbers=asdict(table),
    )


def _line(row: IsolationRow) -> str:
    told = (
        f"{words} {_signed(row.against_lora[key])}" for key, words in TOLD.items() if key in row.against_lora
    )
    return f"{printable(row.method)} minus {LORA}, seed by seed: {', '.join(told)}"


def _signed(mean: Mean) -> str:
    half = "" if mean.half_width is None else f" ± {metric(mean.half_width)}"
    return f"{mean.value:+z.4f}{half}"


def _sentences(table: IsolationTable) -> Iterator[str]:
    yield from _protocol(table)
    yield from _questions(table)
    yield from seed_sentences(table.rows)
    yield _settings(table)
    yield budget_sentence(table.budget)
    yield "Cost is that of the usual run, all parts. Best values in bold."
    yield from spread_sentences(table.rows)
    if len(table.codes) > 1:
        yield f"Cells were made by {len(table.codes)} versions of the code."


def _protocol(table: IsolationTable) -> Iterator[str]:
    protocol = table.protocol
    rating = "" if protocol.min_rating is None else f", ratings from {protocol.min_rating:g}"
    yield (
        f"{printable(table.dataset)}, {printable(table.backbone)}, protocol {printable(protocol.name)} over "
        f"time: histories of {protocol.min_history} to {protocol.length} items{rating}; setup up to the "
        f"{protocol.setup_quantile:g} quantile of time, what came after it in {protocol.n_parts} consecutive "
        f"parts, each scored on at most {count(protocol.max_scored)} windows of everybody and learnt from "
        f"at most {count(protocol.max_learnt)} of users not held out, {protocol.epochs} passes in batches of "
        f"{protocol.batch_size}. Recall@{K} by full ranking of all {count(protocol.n_items)} items, seen "
        "items not removed. A loss is that of the usual run minus that of the other, on the same windows."
    )
    yield (
        f"Groups: spherical k-means of the frozen backbone's encodings of all windows scored after setup, "
        f"{table.n_groups} groups under a seed of their own; they lie in the space of RAIE's regions "
        "and may nearly be regions: how nearly, poison in region tells."
    )


def _questions(table: IsolationTable) -> Iterator[str]:
    yield (
        f"Group away: each of the {table.n_returning} largest in turn is not learnt from at parts {LEAVES} "
        f"to {RETURNS - 1}; scored at part {LEAVES} before it left and at part {RETURNS} before it is learnt "
        "again; means over groups. The loss holds what was not learnt meanwhile beside what was forgotten."
    )
    yield (
        f"Poison: at part {POISONED} all windows of the largest group that are learnt have one label, the "
        f"item that came next least often in part {POISONED - 1}; scored at part {POISONED + 1}. Lists "
        f"changed: share of windows of other groups whose first {K} items are not the same in the same order."
    )
    yield (
        f"Rollback: of the poisoned run the region that received most of the poison is again what it was "
        f"after part {POISONED - 1}, its own adapter, habits, trust, memory and geometry; of a method "
        "without regions all is. Changed: share of windows with any score that is not the same to the bit, "
        "inside (those that the region serves before or after; without regions, the group) and outside. "
        "Others: windows of other groups."
    )
    yield (
        f"A part: of parts {N_CALM + 1} to {table.protocol.n_parts} of the usual run, how many numbers "
        "learn, and the shares of regions that received windows and of those with anything of their own "
        "changed; a method without regions counts as one."
    )


def _settings(table: IsolationTable) -> str:
    chosen = [printable(row.method) for row in table.rows if row.n_trials[1]]
    if not chosen:
        return "Settings are the methods' defaults, nothing was tuned."
    rest = "; defaults for the others" if len(chosen) < len(table.rows) else ""
    return f"Settings are those that trials of the experiment over time chose for {', '.join(chosen)}{rest}."
