"""Ask the gate about a file before it is delivered."""

from pathlib import Path

from raie.exceptions import MissingError
from raie.gates.interactions.gate import judge_interactions
from raie.gates.interactions.verdict import Verdict
from raie.interactions.delivery import read_delivery
from raie.interactions.table import SECONDS_PER_DAY, day_start
from raie.params import load_params


def check_file(file: Path, repository: Path, *, today: str) -> Verdict:
    """Judge one file alone, as a night on ``today`` (UTC date) would, without what was accepted before.

    Raises
    ------
    MissingError
        If there is no such file.
    """
    if not file.is_file():
        raise MissingError(f"{file} does not exist or is not a file: correct the path")
    params = load_params(repository / "params.yaml")
    # How many rows a run needs is no question to one of its files.
    gate = params.gates.interactions.model_copy(update={"min_rows": 0})
    return judge_interactions(
        read_delivery([file], params.data),
        known=None,
        recent=None,
        as_of=day_start(today) + SECONDS_PER_DAY,
        days=params.nights.days,
        params=gate,
    )
