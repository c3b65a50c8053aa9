"""What an experiment over time asks, on top of what cells ask of the same dataset and backbone."""

from pathlib import Path

from pydantic import Field

from raie.exceptions import UsageError
from raie.experiments.cells.question import Question, question_of
from raie.experiments.protocols import USUAL, ProtocolName
from raie.params import Columns
from raie.params.section import Section

N_TUNING = 2
"""Parts that choose settings: the first is learnt from, the second scored."""


class Periods(Section):
    """How what came after Set-up is cut, and how many windows of it are used.

    The caps bound the time of an experiment; where there are more windows, those used are drawn.
    """

    n_parts: int = Field(12, ge=N_TUNING + 2)
    """Consecutive, of equal numbers of windows; those after the tuning ones count."""
    max_learnt: int = Field(3_000, ge=1)
    """Of a part."""
    max_scored: int = Field(3_000, ge=1)
    """Of a part."""
    max_retained: int = Field(2_000, ge=1)
    """Of Set-up, held out."""


class PeriodsQuestion(Question):
    """All that a cell over time depends on beside its method and seed; `epochs` are passes over a part."""

    periods: Periods = Periods()

    @property
    def folder(self) -> Path:
        """Where its cells lie, relative to the folder of all."""
        return super().folder / "periods"

    @property
    def base(self) -> Question:
        """What cells ask: backbones are theirs."""
        return Question.model_validate({name: getattr(self, name) for name in Question.model_fields})


def periods_question_of(
    file: Path,
    *,
    backbone: str,
    protocol: ProtocolName,
    min_rating: float | None,
    columns: Columns | None = None,
) -> PeriodsQuestion:
    """Ask the usual question over time of a file.

    Raises
    ------
    UsageError
        If there is no such file or no such backbone, or the protocol is not `production`.
    """
    if protocol != USUAL:
        raise UsageError(f"protocol '{protocol}' has no periods, its windows span too much time: use {USUAL}")
    base = question_of(file, backbone=backbone, protocol=protocol, min_rating=min_rating, columns=columns)
    return PeriodsQuestion.model_validate({name: getattr(base, name) for name in Question.model_fields})
