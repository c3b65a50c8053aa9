"""A cell's JSON document, field by field: unknown keys and values of another type are refused."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

K = 10
"""Cut-off of every metric of a cell."""

Part = Literal["setup_seen", "setup_heldout", "test", "test_new"]
PARTS: tuple[Part, ...] = ("setup_seen", "setup_heldout", "test", "test_new")

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Scalar = bool | int | float | str | None
Setting = Scalar | list[Scalar]

STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, config=STRICT)
class WindowCounts:
    """Number of windows per part."""

    finetune: Count
    setup_seen: Count
    setup_heldout: Count
    test: Count
    test_new: Count


@dataclass(frozen=True, config=STRICT)
class Protocol:
    """How the data was split and ranked.

    Attributes
    ----------
    name : str
    length, min_history : int
        Items of a window's history, at most and at least.
    min_rating : float or None
        Rating from which an interaction counts; None where all do.
    setup_quantile, finetune_quantile : float
        Quantiles of time at which setup and finetuning end.
    heldout_share : float
        Share of users that are held out.
    n_items : int
        Candidates of the full ranking.
    windows : WindowCounts
        Those used.
    stride : int or None
        Items between the windows of the block protocol.
    max_finetune, max_test, max_heldout : int or None
        Where there are more windows, this many are drawn; ``max_test`` is of setup_seen, too.
    """

    name: str
    length: Count
    min_history: Count
    min_rating: float | None
    setup_quantile: Share
    finetune_quantile: Share
    heldout_share: Share
    n_items: Count
    windows: WindowCounts
    stride: Count | None = None
    max_finetune: Count | None = None
    max_test: Count | None = None
    max_heldout: Count | None = None


@dataclass(frozen=True, config=STRICT)
class Score:
    """Mean metrics of one part."""

    recall_at_10: Share
    ndcg_at_10: Share


@dataclass(frozen=True, config=STRICT)
class Scores:
    """Mean metrics of every part."""

    setup_seen: Score
    setup_heldout: Score
    test: Score
    test_new: Score


@dataclass(frozen=True, config=STRICT)
class Trial:
    """Settings that were tried in tuning, and what they scored there, on how many windows."""

    settings: dict[str, Setting]
    recall_at_10: Share
    ndcg_at_10: Share
    seconds: Seconds | None = None
    windows: Count | None = None


@dataclass(frozen=True, config=STRICT)
class Cost:
    """What finetuning took: seconds, optimiser steps, examples seen, bytes (None: unknown); tuning apart."""

    seconds: Seconds
    steps: Count
    examples: Count
    trained_parameters: Count
    peak_memory_bytes: Count | None
    tuning_seconds: Seconds


@dataclass(frozen=True, config=STRICT)
class Record:
    """One method and seed on one dataset and backbone.

    ``code`` is the commit that made it, ``question`` names all that cells of one table must share, ``notes``
    are what only this method measures.
    """

    format: Literal[1]
    dataset: str
    backbone: str
    method: str
    seed: Count
    protocol: Protocol
    settings: dict[str, Setting]
    trials: list[Trial]
    scores: Scores
    cost: Cost
    code: str | None = None
    question: str | None = None
    notes: dict[str, Scalar] = Field(default_factory=dict)
