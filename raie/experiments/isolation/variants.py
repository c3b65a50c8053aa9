"""What is compared: methods that go on from part to part, some of them with a setting of its own."""

from dataclasses import dataclass
from pathlib import Path

from raie.exceptions import MissingError, UsageError
from raie.experiments.cells.trials import chosen_settings, read_trials
from raie.experiments.isolation.question import IsolationQuestion
from raie.methods.contract import Method, Settings
from raie.methods.registry import METHODS


@dataclass(frozen=True)
class Variant:
    """A method under a name of its own, with the settings that make the difference."""

    name: str
    method: Method
    changes: Settings


_CHANGED: dict[str, tuple[str, Settings]] = {
    "raie-shared-rests": ("raie", {"shared_evolves": 0}),
    "raie-shared-evolves": ("raie", {"shared_evolves": 1}),
}
USUAL = ("lora", "raie", "raie-shared-rests", "raie-random-regions")


def known_variants() -> list[str]:
    """Names of all, those usually asked for first."""
    evolving = [name for name, method in METHODS.items() if method.evolves]
    return list(dict.fromkeys([*USUAL, *_CHANGED, *evolving]))


def variant_named(name: str) -> Variant:
    """Return a variant.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in known_variants():
        raise UsageError(f"'{name}' does not go from part to part: choose from {', '.join(known_variants())}")
    method, changes = _CHANGED.get(name, (name, {}))
    return Variant(name, METHODS[method], changes)


def settings_of(folder: Path, question: IsolationQuestion, variant: Variant) -> tuple[Settings, int]:
    """Settings that the trials over time chose, else the defaults; and how many trials there were."""
    try:
        trials = read_trials(folder, question.over_time, variant.method)
    except MissingError:
        trials = []
    return {**chosen_settings(variant.method, trials), **variant.changes}, len(trials)
