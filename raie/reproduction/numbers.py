"""How far two versions of a file lie apart: numbers by their difference, all else by count."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raie.reproduction.forms import FORMS

_DIGEST = re.compile(r"[0-9a-f]{64}")
_DECIMAL = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


@dataclass(frozen=True)
class Gap:
    """What lies between two versions.

    Attributes
    ----------
    largest : float
        Largest difference of two floating-point numbers, relative where they are beyond 1; infinite where
        only one is a number.
    others : int
        How much else differs: ids, decisions, counts, shapes, missing parts.
    """

    largest: float = 0.0
    others: int = 0

    def __or__(self, other: "Gap") -> "Gap":
        return Gap(max(self.largest, other.largest), self.others + other.others)


SAME, OTHER = Gap(), Gap(others=1)


def gap_between(name: str, stored: Path, rebuilt: Path) -> Gap:
    """Gap between two versions of the file ``name``, whose ending says how it is read.

    Digests within documents are passed over: what they are of is compared itself. So are pages, which are
    made from documents.
    """
    read = FORMS.get(Path(name).suffix)
    if read is None:
        return SAME if name.endswith(".html") else OTHER
    return _gap(read(stored), read(rebuilt))


def _gap(one: Any, other: Any) -> Gap:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return _array_gap(one, other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        both = _union(_gap(one[key], other[key]) for key in one.keys() & other.keys())
        return both | Gap(others=len(one.keys() ^ other.keys()))
    if isinstance(one, list) and isinstance(other, list):
        both = _union(_gap(*pair) for pair in zip(one, other, strict=False))
        return both | Gap(others=abs(len(one) - len(other)))
    if isinstance(one, str) and isinstance(other, str):
        return _text_gap(one, other)
    if isinstance(one, float) and isinstance(other, int | float) and not isinstance(other, bool):
        return _array_gap(np.array([one]), np.array([other], np.float64))
    return SAME if one == other and type(one) is type(other) else OTHER


def _union(gaps: Iterable[Gap]) -> Gap:
    total = SAME
    for gap in gaps:
        total |= gap
    return total


def _array_gap(one: NDArray[Any], other: NDArray[Any]) -> Gap:
    if one.shape != other.shape or one.dtype.kind != other.dtype.kind:
        return OTHER
    if one.dtype == object:
        return _union(_gap(*pair) for pair in zip(one.tolist(), other.tolist(), strict=True))
    if one.dtype.kind != "f":
        return Gap(others=int(np.count_nonzero(one != other)))
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    one, other = one.astype(np.float64), other.astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart = np.abs(one - other) / np.maximum(1.0, np.abs(one))
    apart = np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart))
    return Gap(largest=float(apart.max(initial=0.0)))


def _text_gap(one: str, other: str) -> Gap:
    """Sentences may hold numbers, rounded; with the same words around them they are compared as such."""
    if one == other or (_DIGEST.fullmatch(one) and _DIGEST.fullmatch(other)):
        return SAME
    if _DECIMAL.split(one) != _DECIMAL.split(other):
        return OTHER
    numbers = (np.array(_DECIMAL.findall(text), np.float64) for text in (one, other))
    return _array_gap(*numbers)
