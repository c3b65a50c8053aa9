"""Cells as their folder holds them: what is not there yet is left out, what is broken is refused."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from raie.exceptions import MissingError, UsageError
from raie.experiments.tables.ranks import RankedWindows, read_ranks
from raie.experiments.tables.record import PARTS, K, Record
from raie.experiments.tables.validated import validated
from raie.metrics.ranking import ndcg_at_k, recall_at_k

TOLERANCE = 1e-4
"""By which a document's scores may differ from its ranks': they may have been rounded."""

_RECORD = TypeAdapter(Record)


@dataclass(frozen=True, eq=False)
class Cell:
    """What one method and seed scored (``record``) and where every window came (``windows``)."""

    record: Record
    windows: RankedWindows

    @property
    def method(self) -> str:
        """Name of the method."""
        return self.record.method

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return self.record.seed


def read_cells(folder: Path, *, dataset: str, backbone: str, protocol: str = "production") -> list[Cell]:
    """Read all cells of a dataset and backbone, by method and seed; methods may have different seeds.

    Raises
    ------
    MissingError
        If there are none.
    UsageError
        If a cell's files are malformed, disagree with each other or with where they lie.
    """
    place = folder / dataset / protocol / backbone
    # other names, such as those of files that are still being written, are no cells
    files = sorted(
        (file for file in place.glob("*/*.json") if file.stem.isdecimal()),
        key=lambda file: (file.parent.name, int(file.stem)),
    )
    if not files:
        command = f"raie experiment run --dataset {dataset} --backbone {backbone}"
        raise MissingError(f"{place} holds no cells: make them with `{command}`")
    return [read_cell(file) for file in files]


def read_cell(file: Path) -> Cell:
    """Read ``<dataset>/<protocol>/<backbone>/<method>/<seed>.json`` and the Parquet file beside it.

    Raises
    ------
    UsageError
        As `read_cells` does.
    """
    record = validated(file, _RECORD)
    _check_place(file, record)
    beside = file.with_suffix(".parquet")
    if not beside.is_file():
        raise UsageError(f"{file} has no {beside.name} beside it: run the cell again")
    cell = Cell(record, read_ranks(beside))
    for part in PARTS:
        _check_part(file, cell, part)
    return cell


def _check_place(file: Path, record: Record) -> None:
    of_document = (
        record.dataset,
        record.protocol.name,
        record.backbone,
        record.method,
        f"{record.seed}.json",
    )
    if of_document != file.parts[-5:]:
        raise UsageError(f"{file} is of {'/'.join(of_document)}: move it there or run the cell again")


def _check_part(file: Path, cell: Cell, part: str) -> None:
    rank, expected = cell.windows.of(part).rank, getattr(cell.record.protocol.windows, part)
    if not len(rank) or len(rank) != expected:
        raise UsageError(f"{file}: {part} has {len(rank)} ranks for {expected} windows: run the cell again")
    score = getattr(cell.record.scores, part)
    told = {"recall_at_10": score.recall_at_10, "ndcg_at_10": score.ndcg_at_10}
    found = {"recall_at_10": recall_at_k(rank, K), "ndcg_at_10": ndcg_at_k(rank, K)}
    for metric, value in told.items():
        if abs(value - found[metric]) > TOLERANCE:
            raise UsageError(
                f"{file}: {part}.{metric} = {value}, but {found[metric]:.6f} by its ranks: run the cell again"
            )
