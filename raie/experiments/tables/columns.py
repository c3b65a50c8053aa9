"""The columns of both tables: what they are called, show, and are judged by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from raie.experiments.tables.means import Mean
from raie.experiments.tables.row import Row, Summary
from raie.experiments.tables.words import NOT_KNOWN, chosen, count, metric, span

MEBIBYTE = 2**20


R = TypeVar("R", contravariant=True)


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column.

    Attributes
    ----------
    group : str
        Heading above that of several columns; empty where there is none.
    name : str
    mean : callable or None
        Row to mean over seeds, shown with its interval; None where ``text`` shows the value.
    text : callable or None
    sign : int
        1 where more is better, -1 where less is, 0 where nothing is best.
    long : bool
        Whether the text may take several lines.
    """

    group: str
    name: str
    mean: Callable[[R], Mean | None] | None = None
    text: Callable[[R], str] | None = None
    sign: int = 0
    long: bool = False

    @property
    def heading(self) -> str:
        """Name with that of the group before it."""
        return f"{self.group} {self.name}".strip()


def _mebibytes(size: float | None) -> str:
    return NOT_KNOWN if size is None else f"{size / MEBIBYTE:,.0f}"


QUALITY: tuple[Column[Row], ...] = (
    Column("", "Seeds", text=lambda row: str(len(row.seeds))),
    Column("Setup seen", "Recall@10", mean=lambda row: row.setup_seen.recall, sign=1),
    Column("Setup seen", "NDCG@10", mean=lambda row: row.setup_seen.ndcg, sign=1),
    Column("Setup held out", "Recall@10", mean=lambda row: row.setup_heldout.recall, sign=1),
    Column("Setup held out", "NDCG@10", mean=lambda row: row.setup_heldout.ndcg, sign=1),
    Column("Test", "Recall@10", mean=lambda row: row.test.recall, sign=1),
    Column("Test", "NDCG@10", mean=lambda row: row.test.ndcg, sign=1),
    Column("Test, new", "Recall@10", mean=lambda row: row.test_new.recall, sign=1),
    Column("Test, new", "NDCG@10", mean=lambda row: row.test_new.ndcg, sign=1),
    Column("", "Forgetting", mean=lambda row: row.forgetting, sign=-1),
    Column("", "Harmonic mean", mean=lambda row: row.harmonic, sign=1),
)
COST: tuple[Column[Summary], ...] = (
    Column("", "Seconds", text=lambda row: f"{row.costs.seconds:,.1f}"),
    Column("", "Steps", text=lambda row: count(row.costs.steps)),
    Column("", "Examples", text=lambda row: count(row.costs.examples)),
    Column("", "Trained parameters", text=lambda row: count(row.costs.trained_parameters)),
    Column("", "Peak memory (MiB)", text=lambda row: _mebibytes(row.costs.peak_memory_bytes)),
    Column("", "Tuning seconds", text=lambda row: f"{row.costs.tuning_seconds:,.1f}"),
    Column("", "Trials", text=lambda row: span(*row.n_trials)),
    Column("", "Settings", text=chosen, long=True),
)


def value_of(column: Column[R], row: R) -> str:
    """What is shown, without the interval: means with four decimals."""
    if column.text is not None:
        return column.text(row)
    mean = column.mean(row) if column.mean is not None else None
    return NOT_KNOWN if mean is None else metric(mean.value)


def spread_of(column: Column[R], row: R) -> str | None:
    """Half-width of the interval; None where there is none."""
    mean = column.mean(row) if column.mean is not None else None
    return None if mean is None or mean.half_width is None else metric(mean.half_width)
