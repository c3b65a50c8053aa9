"""Whether cells may stand in one table: same data, same protocol, same windows."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from raie.exceptions import UsageError
from raie.experiments.tables.reading import Cell


def check_agreement(cells: Sequence[Cell]) -> None:
    """Refuse cells that cannot be compared.

    Raises
    ------
    UsageError
        If there are none, a method and seed come twice, datasets, backbones or protocols differ, or cells
        of one seed have other windows or the same in another order.
    """
    if not cells:
        raise UsageError("0 cells make no table: run an experiment first")
    firsts: dict[int, Cell] = {}
    seen: set[tuple[str, int]] = set()
    for cell in cells:
        if (cell.method, cell.seed) in seen:
            raise UsageError(f"{_name(cell)} comes twice: pass each cell once")
        seen.add((cell.method, cell.seed))
        _check_setting(cells[0], cell)
        _check_windows(firsts.setdefault(cell.seed, cell), cell)


def _check_setting(first: Cell, cell: Cell) -> None:
    expected, found = _setting(first), _setting(cell)
    for name, value in expected.items():
        if found[name] != value:
            raise UsageError(
                f"{name} is {value!r} in {_name(first)} and {found[name]!r} in {_name(cell)}: run them again"
            )


def _setting(cell: Cell) -> dict[str, Any]:
    # numbers of windows may depend on the seed that drew those held out
    setting: dict[str, Any] = {"dataset": cell.record.dataset, "backbone": cell.record.backbone}
    setting["question"] = cell.record.question
    setting |= {f"protocol.{name}": value for name, value in asdict(cell.record.protocol).items()}
    del setting["protocol.windows"]
    return setting


def _check_windows(first: Cell, cell: Cell) -> None:
    same = (
        first.record.protocol.windows == cell.record.protocol.windows
        and np.array_equal(first.windows.part, cell.windows.part)
        and np.array_equal(first.windows.user_id, cell.windows.user_id)
    )
    if not same:
        raise UsageError(
            f"{first.method} and {cell.method} were scored on different windows of seed {cell.seed}: "
            "run them again"
        )


def _name(cell: Cell) -> str:
    return f"{cell.method} of seed {cell.seed}"
