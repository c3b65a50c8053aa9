"""All tables of a folder in words: a line for each dataset and backbone."""

from dataclasses import asdict

from raie.experiments.protocols import USUAL
from raie.experiments.tables.caption import SHARE, bootstrap_sentence
from raie.experiments.tables.columns import Column, spread_of, value_of
from raie.experiments.tables.grid import Entry, Grid, Line
from raie.experiments.tables.overall import Overall, Verdict
from raie.experiments.tables.record import K
from raie.experiments.tables.sheet import Sheet
from raie.experiments.tables.significance import Comparison
from raie.experiments.tables.words import NOT_KNOWN, difference, printable


def _told(each: Comparison | None) -> str:
    return NOT_KNOWN if each is None else difference(each.recall)


COLUMNS: tuple[Column[Verdict], ...] = (
    Column("", "Seeds", text=lambda verdict: str(len(verdict.seeds))),
    Column("", "Best baseline", text=lambda verdict: _best(verdict)),
    Column(f"Test Recall@{K}", "frozen", mean=lambda verdict: verdict.frozen),
    Column(f"Test Recall@{K}", "best baseline", mean=lambda verdict: verdict.best),
    Column(f"Test Recall@{K}", "raie", mean=lambda verdict: verdict.ours),
    Column("raie minus", "best baseline", text=lambda verdict: _told(verdict.against_best)),
    Column("raie minus", "best on Test, new", text=lambda verdict: _told(verdict.against_best_new)),
    Column("raie minus", "random regions", text=lambda verdict: _told(verdict.against_random)),
    Column("raie minus", "one region", text=lambda verdict: _told(verdict.against_one)),
    Column("raie minus", "frozen, held out", text=lambda verdict: _told(verdict.retained)),
)


def overall_sheet_of(overall: Overall) -> Sheet:
    """Put the verdicts into words."""
    lines = tuple(map(_line, overall.verdicts))
    return Sheet(
        title="Methods side by side",
        label="overall",
        caption=_caption(overall),
        quality=Grid("Overall", COLUMNS, lines, corner="Dataset, backbone"),
        cost=None,
        differences=(),
        codes=overall.codes,
        numbers=asdict(overall),
    )


def _line(verdict: Verdict) -> Line:
    names = (verdict.dataset, verdict.backbone, *([verdict.protocol] if verdict.protocol != USUAL else []))
    entries = (Entry(value_of(column, verdict), spread_of(column, verdict), False) for column in COLUMNS)
    return Line(", ".join(map(printable, names)), False, tuple(entries))


def _best(verdict: Verdict) -> str:
    return NOT_KNOWN if verdict.against_best is None else printable(verdict.against_best.reference)


def _caption(overall: Overall) -> str:
    return (
        f"Recall@{K} on Test by full ranking, seen items not removed: means over seeds, ± the half-width of "
        f"the {SHARE} t-interval over them. Protocol {USUAL} where no other is named. Differences are on "
        "Test, on that part of it that asks for what is new to a history (items of the history removed, "
        "against the best baseline there), and on held-out Set-up. "
        f"{bootstrap_sentence(n_resamples=overall.n_resamples, seed=overall.seed)}"
    )
