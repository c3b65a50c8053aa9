"""What all tables of a folder come to: a row for each dataset, protocol and backbone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from raie.exceptions import MissingError
from raie.experiments.tables.means import Mean
from raie.experiments.tables.reading import cell_files, read_cells
from raie.experiments.tables.record import Part
from raie.experiments.tables.roles import CONTROL, FROZEN, ONE_REGION, OURS, is_baseline
from raie.experiments.tables.rows import Table, table_of
from raie.experiments.tables.significance import Comparison, Purpose


@dataclass(frozen=True)
class Verdict:
    """What one table says of our method; None where the cells for it are not there.

    Attributes
    ----------
    dataset, protocol, backbone : str
    seeds : tuple of int
        Of our method.
    frozen, best, ours : Mean or None
        Recall@10 on Test of the frozen base, the baseline that ours is held against, and ours.
    against_best, against_best_new, against_random, against_one : Comparison or None
        On Test, and on what is new to a history.
    retained : Comparison or None
        On held-out Set-up, against the frozen base.
    """

    dataset: str
    protocol: str
    backbone: str
    seeds: tuple[int, ...]
    frozen: Mean | None
    best: Mean | None
    ours: Mean | None
    against_best: Comparison | None
    against_best_new: Comparison | None
    against_random: Comparison | None
    against_one: Comparison | None
    retained: Comparison | None


@dataclass(frozen=True)
class Overall:
    """All verdicts of a folder, and the bootstrap behind them.

    Attributes
    ----------
    verdicts : tuple of Verdict
    codes : tuple of str
        Commits that made the cells, where they are known.
    seed, n_resamples : int
    """

    verdicts: tuple[Verdict, ...]
    codes: tuple[str, ...]
    seed: int
    n_resamples: int


def overall_of(folder: Path, *, order: Sequence[str] = ()) -> Overall:
    """Sum up every table that a folder holds cells of, by dataset, protocol and backbone.

    Raises
    ------
    MissingError
        If it holds no cells, or of ablations alone.
    UsageError
        If a cell's files are malformed, or cells cannot be compared.
    """
    tables = []
    for place in sorted(place for place in folder.glob("*/*/*") if any(map(_counts, cell_files(place)))):
        dataset, protocol, backbone = place.parts[-3:]
        cells = read_cells(folder, dataset=dataset, backbone=backbone, protocol=protocol)
        tables.append(table_of([cell for cell in cells if _says(cell.method)], order=order))
    if not tables:
        raise MissingError(f"{folder} holds no cells: make them with `raie experiment run`")
    codes = tuple(sorted({code for table in tables for code in table.codes}))
    first = tables[0]
    return Overall(tuple(map(verdict_of, tables)), codes, first.seed, first.n_resamples)


def verdict_of(table: Table) -> Verdict:
    """Say what a table says of our method."""
    rows = {row.method: row for row in table.rows}
    best = _comparison(table, "best baseline", "test")
    means = {name: rows[name].test.recall for name in rows}
    return Verdict(
        dataset=table.dataset,
        protocol=table.protocol.name,
        backbone=table.backbone,
        seeds=rows[OURS].seeds if OURS in rows else (),
        frozen=means.get(FROZEN),
        best=means[best.reference] if best else None,
        ours=means.get(OURS),
        against_best=best,
        against_best_new=_comparison(table, "best baseline", "test_new"),
        against_random=_comparison(table, "random regions", "test"),
        against_one=_comparison(table, "one region", "test"),
        retained=_comparison(table, "retention", "setup_heldout"),
    )


def _counts(file: Path) -> bool:
    return _says(file.parent.name)


def _says(method: str) -> bool:
    """Ablations and controls of ours but the two that it is held against take time and say nothing here."""
    return is_baseline(method) or method in (OURS, CONTROL, ONE_REGION)


def _comparison(table: Table, purpose: Purpose, part: Part) -> Comparison | None:
    found = (each for each in table.comparisons if each.method == OURS)
    return next((each for each in found if (each.purpose, each.part) == (purpose, part)), None)
