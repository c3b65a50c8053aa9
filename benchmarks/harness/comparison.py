"""A comparison: what is measured, against which reference, by which protocol, on which cases."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from benchmarks.harness.timing import Side

Agreement = Callable[[Any, Any], str]
"""Compares our answer with the reference's: says how close they are, or raises `DisagreementError`."""


class DisagreementError(Exception):
    """Two sides gave different answers: what they took for them is no comparison."""


@dataclass(frozen=True)
class Setting:
    """How a run was asked for.

    Attributes
    ----------
    small : bool
        Small sizes, for a run of seconds.
    threads : int
    pairs : int or None
        Pairs per case; None: as the case says.
    libraries : Path
        Folder of the environments that `make bench-libraries` makes.
    ratings : Path or None
        MovieLens ratings; None: invented ones.
    windows : int
        Windows of Finetune and of Test that the F-stage draws; 0: all.
    epochs : int
        Of the backbone below the F-stage.
    """

    small: bool = False
    threads: int = 2
    pairs: int | None = None
    libraries: Path = Path(".libraries")
    ratings: Path | None = None
    windows: int = 6000
    epochs: int = 3


@dataclass(frozen=True)
class Case:
    """Two sides on the same examples.

    Attributes
    ----------
    name : str
    ours, reference : Side
    agree : Agreement
        Called before any pair is timed; on the first pair where ``warm_up`` is off.
    target : float or None
        The ratio to reach.
    facts : mapping
        Sizes, as JSON.
    work : (float, float)
        Units of work in one run of ours and of the reference.
    pairs : int
    warm_up : bool
        Off for runs of minutes.
    """

    name: str
    ours: Side
    reference: Side
    agree: Agreement
    target: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    work: tuple[float, float] = (1.0, 1.0)
    pairs: int = 5
    warm_up: bool = True


@dataclass(frozen=True)
class LeftOut:
    """A case that cannot be measured here, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Comparison:
    """A named figure of this project.

    Attributes
    ----------
    name : str
    measures : str
        What runs on our side.
    reference : str
        What it is measured against, and where its code is.
    protocol : str
        What both sides are given, and what counts as the same answer.
    cases : callable
        Makes the cases of a setting, one after another, so that one is in memory at a time.
    unit : {"times", "share"}
        A ratio of time, or a share of the machine's peak.
    in_small : bool
        Whether the small run holds it.
    """

    name: str
    measures: str
    reference: str
    protocol: str
    cases: Callable[[Setting], Iterator[Case | LeftOut]]
    unit: Literal["times", "share"] = "times"
    in_small: bool = True
