"""What champion and candidate made of the same windows."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from raie.exceptions import UsageError
from raie.metrics.bootstrap import Floats


@dataclass(frozen=True, eq=False)
class Slice:
    """N windows that both have ranked.

    Attributes
    ----------
    champion, candidate : (N,) float64
        1.0 where the next item is among the first k, else 0.0.
    users : (N,) str
        Windows of one user depend on each other.
    regions : (N,) str
        The champion's region that served the window, "" where its base did.

    Raises
    ------
    UsageError
        If the arrays differ in length.
    """

    champion: Floats
    candidate: Floats
    users: NDArray[np.str_]
    regions: NDArray[np.str_]

    def __post_init__(self) -> None:
        lengths = [len(getattr(self, field.name)) for field in fields(self)]
        if len(set(lengths)) != 1:
            raise UsageError(f"a slice holds {lengths} values: pass one per window in every array")

    def __len__(self) -> int:
        return len(self.champion)

    def take(self, selected: NDArray[np.bool_]) -> "Slice":
        """Return the windows where ``selected`` is true."""
        return Slice(*(getattr(self, field.name)[selected] for field in fields(self)))
