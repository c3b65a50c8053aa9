"""Ask the gate about a file before it is delivered."""

from pathlib import Path

from raie.gates.interactions import judge_interactions
from raie.gates.verdict import Verdict
from raie.interactions.readers import read_staged
from raie.interactions.table import day_start
from raie.params import load_params

SECONDS_PER_DAY = 86_400


def check_file(file: Path, repository: Path, *, today: str) -> Verdict:
    """Judge one file as a night on ``today`` (UTC date) would, without what was accepted before."""
    params = load_params(repository / "params.yaml")
    staged = read_staged(file, params.data)
    as_of = day_start(today) + SECONDS_PER_DAY
    return judge_interactions(staged, known=None, as_of=as_of, params=params.gates)
