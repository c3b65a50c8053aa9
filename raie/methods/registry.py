"""All methods by name, in the order of tables."""

from raie.exceptions import UsageError
from raie.methods import ebpr, frozen, full, lora, lsat, lwf, mole, peso, popular, regions, replay, retrain
from raie.methods.contract import Method

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        popular.METHOD,
        frozen.METHOD,
        full.METHOD,
        lora.METHOD,
        replay.METHOD,
        lwf.METHOD,
        lsat.METHOD,
        mole.METHOD,
        ebpr.METHOD,
        peso.METHOD,
        *regions.METHODS,
        retrain.METHOD,
    )
}


def method_named(name: str) -> Method:
    """Return a method.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in METHODS:
        raise UsageError(f"no method '{name}': choose from {', '.join(METHODS)}")
    return METHODS[name]
