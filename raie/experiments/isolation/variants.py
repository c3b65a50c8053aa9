"""What is compared: methods that go on from part to part."""

from pathlib import Path

from raie.exceptions import MissingError, UsageError
from raie.experiments.cells.trials import chosen_settings, read_trials
from raie.experiments.isolation.question import IsolationQuestion
from raie.experiments.periods.run import evolving
from raie.methods.contract import Method, Settings
from raie.methods.registry import method_named

VARIANTS = ("lora", "raie", "raie@shared_evolves=0", "raie-random-regions")
"""One evolving adapter, RAIE, RAIE whose shared part learns the first part alone, and its control."""


def variant_named(name: str) -> Method:
    """Return a method that goes on from what it was.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    method = method_named(name)
    if not method.evolves:
        raise UsageError(f"'{name}' does not go from part to part: choose from {', '.join(evolving())}")
    return method


def settings_of(folder: Path, question: IsolationQuestion, method: Method) -> tuple[Settings, int]:
    """Settings that the trials over time chose, else the defaults; and how many trials there were."""
    try:
        trials = read_trials(folder, question.over_time, method)
    except MissingError:
        trials = []
    return chosen_settings(method, trials), len(trials)
