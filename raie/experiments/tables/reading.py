"""Cells as their folder holds them: what is not there yet is left out, what is broken is refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from raie.exceptions import MissingError, UsageError
from raie.experiments.protocols import USUAL
from raie.experiments.tables.ranks import RankedWindows, check_part, read_ranks
from raie.experiments.tables.record import PARTS, Record
from raie.experiments.tables.validated import validated

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


def read_cells(folder: Path, *, dataset: str, backbone: str, protocol: str = USUAL) -> list[Cell]:
    """Read all cells of a dataset and backbone, by method and seed; methods may have different seeds.

    Raises
    ------
    MissingError
        If there are none.
    UsageError
        If a cell's files are malformed, disagree with each other or with where they lie.
    """
    place = folder / dataset / protocol / backbone
    files = sorted(cell_files(place), key=lambda file: (file.parent.name, int(file.stem)))
    if not files:
        command = f"raie experiment run --dataset {dataset} --backbone {backbone}"
        raise MissingError(f"{place} holds no cells: make them with `{command}`")
    return [read_cell(file) for file in files]


def cell_files(place: Path) -> Iterator[Path]:
    """Documents of the cells of a dataset, protocol and backbone, ``<method>/<seed>.json``, in any order."""
    # other names, such as those of files that are still being written, are no cells
    return (file for file in place.glob("*/*.json") if file.stem.isdecimal())


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
        n_windows = getattr(record.protocol.windows, part)
        check_part(file, cell.windows, part, n_windows, getattr(record.scores, part))
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
