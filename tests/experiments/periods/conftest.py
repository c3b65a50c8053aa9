import pytest

from raie.experiments.cells.dataset import read_positives
from raie.experiments.periods.question import Periods, PeriodsQuestion
from raie.experiments.periods.split import split_parts


@pytest.fixture
def asked(question):
    """The question of cells, asked over time."""
    periods = Periods(n_parts=5, max_learnt=60, max_scored=50, max_retained=30)
    return PeriodsQuestion(
        **{name: getattr(question, name) for name in type(question).model_fields}, periods=periods
    )


@pytest.fixture
def events(asked):
    return read_positives(asked.file, None)


@pytest.fixture
def parts(asked, events):
    return split_parts(events, asked, seed=1)
