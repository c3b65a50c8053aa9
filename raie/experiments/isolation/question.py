"""What the experiment on isolation asks, on top of what periods ask of the same dataset and backbone."""

from pathlib import Path

from pydantic import Field

from raie.experiments.periods.question import PeriodsQuestion, periods_question_of
from raie.experiments.protocols import USUAL
from raie.params import Columns
from raie.params.section import Section

LEAVES, RETURNS = 3, 7
"""Parts, counted from 1: the first without a group that is away, and the one at which it is back."""
POISONED = 4
"""The part whose labels are falsified for one group; the next is scored."""
N_CALM = 2
"""Parts at the beginning that are not counted when it is counted what a part trains."""


class Isolation(Section):
    """Groups of windows that are alike."""

    n_groups: int = Field(8, ge=2)
    n_returning: int = Field(3, ge=1)
    """So many of the largest leave and come back, one at a time."""
    seed: int = 20_260
    """Of the clustering, and of nothing else."""


class IsolationQuestion(PeriodsQuestion):
    """All that a cell depends on beside its variant and seed."""

    isolation: Isolation = Isolation()

    @property
    def folder(self) -> Path:
        """Where its cells lie, relative to the folder of all."""
        return self.base.folder / "isolation"

    @property
    def over_time(self) -> PeriodsQuestion:
        """What periods ask: trials are theirs."""
        names = PeriodsQuestion.model_fields
        return PeriodsQuestion.model_validate({name: getattr(self, name) for name in names})


def isolation_question_of(
    file: Path, *, backbone: str, min_rating: float | None, columns: Columns | None = None
) -> IsolationQuestion:
    """Ask the usual question of a file.

    Raises
    ------
    UsageError
        If there is no such file or no such backbone.
    """
    asked = periods_question_of(
        file, backbone=backbone, protocol=USUAL, min_rating=min_rating, columns=columns
    )
    names = PeriodsQuestion.model_fields
    return IsolationQuestion.model_validate({name: getattr(asked, name) for name in names})
