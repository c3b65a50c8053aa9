"""All methods by name, in the order of tables."""

from raie.exceptions import UsageError
from raie.methods import ebpr, frozen, full, lora, lsat, lwf, mole, peso, popular, regions, replay, retrain
from raie.methods.ablations import ABLATIONS, SIGN, variant
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
    """Return a method, or a variant of one such as `raie@n_regions=3`.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    plain = name.partition(SIGN)[0]
    if plain not in METHODS:
        raise UsageError(f"no method '{plain}': choose from {', '.join(METHODS)}")
    return variant(METHODS[plain], name) if SIGN in name else METHODS[plain]


def methods_named(names: str) -> list[str]:
    """Read names with commas between; `all` stands for every method, `ablations` for RAIE's.

    Raises
    ------
    UsageError
        If one is unknown.
    """
    found: list[str] = []
    for name in (each.strip() for each in names.split(",")):
        found += {"all": list(METHODS), "ablations": ["raie", *ABLATIONS]}.get(name, [name])
    for name in found:
        method_named(name)
    return list(dict.fromkeys(found))
