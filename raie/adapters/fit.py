"""Whether an adapter belongs to a backbone."""

from collections.abc import Mapping

from torch import Tensor

from raie.exceptions import UsageError


def check_fit(state: Mapping[str, Tensor], *, expected: Mapping[str, Tensor], name: str) -> None:
    """Refuse tensors that would load in part only, or not at all.

    Raises
    ------
    UsageError
        If a tensor is missing, superfluous, or of another shape.
    """
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    wanted = {key: tuple(tensor.shape) for key, tensor in expected.items()}
    differing = sorted(key for key in shapes.keys() | wanted.keys() if shapes.get(key) != wanted.get(key))
    if differing:
        key = differing[0]
        raise UsageError(
            f"{name} does not fit the backbone: {key} has shape {shapes.get(key)}, expected "
            f"{wanted.get(key)}: use an adapter of this backbone, rank and targets"
        )


def check_base(found: str | None, *, expected: str | None, name: str) -> None:
    """Refuse an adapter that was made for another backbone; digests in hex, None where nothing is known.

    Raises
    ------
    UsageError
    """
    if found and expected and found != expected:
        raise UsageError(
            f"{name} was made for backbone {found[:12]}, this one is {expected[:12]}: "
            "use an adapter of this backbone"
        )
