import dataclasses

import pytest

from raie.experiments.cells.dataset import read_positives
from raie.experiments.isolation.course import Course
from raie.experiments.isolation.groups import groups_of
from raie.experiments.isolation.question import Isolation, IsolationQuestion
from raie.experiments.periods.material import load_shared, train_shared
from raie.experiments.periods.question import Periods
from raie.experiments.periods.split import split_parts
from raie.methods.contract import Method
from raie.methods.registry import METHODS


@pytest.fixture
def asked(question):
    """The question of cells, asked of groups that leave and come back."""
    return IsolationQuestion(
        **{name: getattr(question, name) for name in type(question).model_fields},
        periods=Periods(n_parts=8, max_learnt=48, max_scored=48, max_retained=30),
        isolation=Isolation(n_groups=3, n_returning=2),
    )


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    return tmp_path_factory.mktemp("isolation")


@pytest.fixture
def parts(asked):
    return split_parts(read_positives(asked.file, None), asked, seed=1)


@pytest.fixture
def backbone(made, asked):
    train_shared(made, asked, 1)
    return load_shared(made, asked, 1)


@pytest.fixture
def groups(backbone, parts, asked):
    return groups_of(backbone, parts, asked.isolation)


@pytest.fixture
def seen():
    """What the watched method was given to learn, in order."""
    return []


@pytest.fixture
def watched(asked, backbone, seen):
    """A method that learns nothing and says what it saw."""

    def learn(material, settings, before=None):
        seen.append(material.finetune)
        return METHODS["frozen"].fit(material, settings)

    return Course(Method("watched", learn, evolves=True), {}, backbone, asked, 1)


@pytest.fixture
def course_of(asked, backbone):
    """A method of the registry on its way, with settings of few regions that learn fast."""

    def course(name, **changes):
        method = METHODS[name]
        small = {"n_regions": 3, "learning_rate": 1e-2} if "n_regions" in method.grid[0] else {}
        return Course(method, method.settings({**small, **changes}), backbone, asked, 1)

    return course


@pytest.fixture
def same():
    """Tell whether windows are the same."""

    def told(first, second):
        names = [field.name for field in dataclasses.fields(first)]
        return all((getattr(first, name) == getattr(second, name)).all() for name in names)

    return told
