"""A whole history, cut into the drops that an inbox receives: genesis, then one file per day."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from raie.columns import TIMESTAMP
from raie.exceptions import RefusedError, UsageError
from raie.interactions.days import by_day, day_file
from raie.interactions.parquetfiles import write_interactions
from raie.interactions.readers import read_staged
from raie.interactions.slices import quantile_second
from raie.interactions.synthetic import Truth, synthesize
from raie.interactions.table import accepted, day_of, day_start, in_time_order, positives
from raie.params import DataParams, SyntheticParams

GENESIS = "genesis.parquet"


@dataclass(frozen=True)
class Prepared:
    """What was written, and where genesis ends."""

    genesis: Path
    cut: str
    """First day, ``YYYY-MM-DD``, that is no longer genesis."""
    days: tuple[str, ...]
    """Days with a drop of their own, ascending; days without interactions have none."""
    n_genesis: int
    n_later: int
    truth: Truth | None
    """What was planted, where the source is synthetic."""


def prepare(
    data: DataParams,
    synthetic: SyntheticParams,
    *,
    seed: int,
    out: Path,
    genesis_until: str | None,
    setup_quantile: float,
) -> Prepared:
    """Write a source as normalised Parquet drops: ``genesis.parquet`` and one ``YYYY-MM-DD.parquet`` a day.

    Parameters
    ----------
    data, synthetic : DataParams, SyntheticParams
        The source.
    seed : int
        Seed of the synthetic population; ignored for other sources.
    out : Path
        Folder of the drops, made if need be; files of the same names are overwritten.
    genesis_until : str or None
        First UTC day after genesis. None: the first night for the synthetic population, otherwise the day
        that contains ``setup_quantile`` of the positives' timestamps.
    setup_quantile : float
        Share of positives before the end of Set-up.

    Returns
    -------
    Prepared
        The cut and the days, each drop in time order (equal timestamps in file order).

    Raises
    ------
    RefusedError
        If a row carries a fault (names the first and tells how many), or nothing lies before the cut.
    UsageError
        If the source cannot be read or ``genesis_until`` is not a date.
    """
    interactions, truth, first_night = _source(data, synthetic, seed)
    cut = genesis_until or first_night or _quantile_day(interactions, data, setup_quantile)
    before = interactions[TIMESTAMP].to_numpy() < day_start(cut)
    if not before.any():
        first, last = day_of(interactions[TIMESTAMP].to_numpy()[[0, -1]])
        raise RefusedError(
            f"no interaction lies before {cut}, they run from {first} to {last}: "
            "choose a later nights.genesis_until"
        )
    later = by_day(interactions[~before])
    write_interactions(interactions[before], out / GENESIS)
    for day, rows in later.items():
        write_interactions(rows, day_file(out, day))
    return Prepared(
        genesis=out / GENESIS,
        cut=cut,
        days=tuple(later),
        n_genesis=int(np.count_nonzero(before)),
        n_later=int(np.count_nonzero(~before)),
        truth=truth,
    )


def _source(
    data: DataParams, synthetic: SyntheticParams, seed: int
) -> tuple[pd.DataFrame, Truth | None, str | None]:
    if data.source == "synthetic":
        population = synthesize(synthetic, seed)
        return population.interactions, population.truth, population.setup_end
    if data.path is None:
        raise UsageError(f"source '{data.source}' needs a path: set data.path to its file")
    staged = read_staged(Path(data.path), data)
    return in_time_order(accepted(staged)), None, None


def _quantile_day(interactions: pd.DataFrame, data: DataParams, quantile: float) -> str:
    timestamps = positives(interactions, data.min_rating)[TIMESTAMP].to_numpy()
    return str(day_of([quantile_second(timestamps, quantile)])[0])
