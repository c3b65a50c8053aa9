"""A cell over time as a JSON document, field by field: unknown keys and other types are refused."""

from dataclasses import field
from typing import Literal

from pydantic.dataclasses import dataclass

from raie.experiments.periods.question import N_TUNING
from raie.experiments.tables.record import STRICT, Cost, Count, Score, Seconds, Setting, Share, Trial


def scored_part(number: int) -> str:
    """Name the windows of a part, counted from 1, in the file of ranks."""
    return f"scored-{number}"


def retained_part(number: int) -> str:
    """Name Set-up's held-out windows after so many parts in the file of ranks; 0: before any."""
    return f"retained-{number}"


@dataclass(frozen=True, config=STRICT)
class PeriodsProtocol:
    """How the data was split and ranked, as in `raie.experiments.cells.question` and here."""

    name: str
    length: Count
    min_history: Count
    min_rating: float | None
    setup_quantile: Share
    heldout_share: Share
    n_items: Count
    n_parts: Count
    max_learnt: Count
    max_scored: Count
    max_retained: Count
    epochs: Count
    batch_size: Count


@dataclass(frozen=True, config=STRICT)
class PeriodRecord:
    """One part.

    Attributes
    ----------
    recall_at_10, ndcg_at_10 : float
        Before it was learnt from.
    retention : Score
        On Set-up's held-out windows, after.
    scored, learnt : int
        Windows.
    steps, examples, trained_parameters : int
    seconds : float
        Of processor time, learning alone.
    peak_memory_bytes : int or None
    """

    recall_at_10: Share
    ndcg_at_10: Share
    retention: Score
    scored: Count
    learnt: Count
    steps: Count
    examples: Count
    trained_parameters: Count
    seconds: Seconds
    peak_memory_bytes: Count | None

    @property
    def score(self) -> Score:
        """Before it was learnt from."""
        return Score(self.recall_at_10, self.ndcg_at_10)


@dataclass(frozen=True, config=STRICT)
class PeriodsRecord:
    """One method and seed over time on one dataset and backbone.

    ``before`` is the retention before anything is learnt; the first `N_TUNING` of ``periods`` chose the
    settings.
    """

    format: Literal[1]
    question: str
    dataset: str
    backbone: str
    method: str
    seed: Count
    protocol: PeriodsProtocol
    settings: dict[str, Setting]
    trials: list[Trial]
    before: Score
    periods: list[PeriodRecord]
    retained: Count
    tuning_seconds: Seconds
    code: str | None = None
    notes: list[dict[str, float]] = field(default_factory=list)

    @property
    def counted(self) -> list[PeriodRecord]:
        """Periods that the table sums up."""
        return self.periods[N_TUNING:]

    @property
    def retention(self) -> list[Score]:
        """Before anything was learnt, then after every part."""
        return [self.before, *(period.retention for period in self.periods)]

    @property
    def cost(self) -> Cost:
        """Of learning all parts; parameters are those of the last."""
        peaks = [period.peak_memory_bytes for period in self.periods]
        known = [peak for peak in peaks if peak is not None]
        return Cost(
            seconds=sum(period.seconds for period in self.periods),
            steps=sum(period.steps for period in self.periods),
            examples=sum(period.examples for period in self.periods),
            trained_parameters=self.periods[-1].trained_parameters,
            peak_memory_bytes=max(known) if known and len(known) == len(peaks) else None,
            tuning_seconds=self.tuning_seconds,
        )
