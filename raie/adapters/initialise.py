"""Where the adapter of an added region starts: at the base, or at its nearest neighbour."""

from pathlib import Path
from typing import Literal

from raie.adapters.store import AdapterState, load_adapter


def initial_state(initialisation: Literal["base", "nearest"], parent: Path | None) -> AdapterState | None:
    """Return the tensors that an added region's adapter starts from; None stands for a fresh adapter.

    Parameters
    ----------
    initialisation : {"base", "nearest"}
        ``base``: a fresh adapter, which equals the backbone. ``nearest``: the parent's adapter.
    parent : Path or None
        Adapter folder of the region's parent, None where it has none.

    Raises
    ------
    MissingError
        If the parent's folder holds no adapter.
    """
    if initialisation == "base" or parent is None:
        return None
    return load_adapter(parent)
