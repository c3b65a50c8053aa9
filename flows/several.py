"""Several nights in order; a refused one does not keep the next from running."""

import logging
from collections.abc import Sequence
from pathlib import Path

from flows.night import night
from raie.exceptions import RefusedError

log = logging.getLogger("raie.flows")


def run_nights(repository: Path, dates: Sequence[str]) -> list[str]:
    """Make a snapshot per date, oldest first.

    Returns
    -------
    list of str
        Ids of the snapshots.

    Raises
    ------
    RefusedError
        After the last night, naming those whose delivery or candidate was refused.
    """
    made, refused = [], []
    for date in dates:
        try:
            made.append(night(repository, date, "nightly"))
        except RefusedError as error:
            if len(dates) == 1:
                raise
            log.warning("%s  refused: %s", date, error)
            refused.append(date)
    if refused:
        raise RefusedError(
            f"{len(refused)} of {len(dates)} nights were refused: {', '.join(refused)}; "
            "see reports/<date>/summary.html for why"
        )
    return made
