"""Which method stands for what in a comparison, told by its name."""

from collections.abc import Iterable, Sequence

FROZEN = "frozen"
"""The backbone as it was before any finetuning: what retention is measured against."""
LORA = "lora"
"""One evolving adapter: what regions are to be better than over time and apart."""
RETRAIN = "retrain"
"""The upper reference: it sees everything again, so it competes with nobody."""
CONTROL = "raie-random-regions"
"""Our method with regions drawn at random: what is left of a gain when regions mean nothing."""
ONE_REGION = "raie-one-region"
"""Our method without a cut: what regions cost or bring."""
OURS = "raie"


def is_ours(method: str) -> bool:
    """Tell whether a method is a variant of ours, the control included."""
    return method.startswith(OURS)


def is_baseline(method: str) -> bool:
    """Tell whether a method is one to be beaten."""
    return not is_ours(method) and method != RETRAIN


def in_order(methods: Iterable[str], order: Sequence[str]) -> list[str]:
    """Distinct methods: those of ``order`` as they stand there, then the others by name."""
    place = {method: number for number, method in reversed(list(enumerate(order)))}
    return sorted(set(methods), key=lambda method: (place.get(method, len(order)), method))
