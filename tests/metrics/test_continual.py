import numpy as np
import pytest

from raie.exceptions import UsageError
from raie.metrics.continual import backward_transfer, forgetting, harmonic_mean

NAN = np.nan
SCORES = np.array([[0.5, NAN, NAN], [0.6, 0.4, NAN], [0.2, 0.5, 0.9]])


def test_forgetting_by_hand():
    assert forgetting(SCORES) == pytest.approx(((0.6 - 0.2) + (0.4 - 0.5)) / 2)


def test_backward_transfer_by_hand():
    assert backward_transfer(SCORES) == pytest.approx(((0.2 - 0.5) + (0.5 - 0.4)) / 2)


def test_a_model_that_never_changes_forgets_nothing():
    constant = np.tile([0.1, 0.2, 0.3], (3, 1))
    assert forgetting(constant) == backward_transfer(constant) == 0


def test_harmonic_mean():
    assert harmonic_mean(0.2, 0.3) == pytest.approx(2 * 0.2 * 0.3 / 0.5)
    assert harmonic_mean(0.4, 0.4) == pytest.approx(0.4)
    assert harmonic_mean(0.0, 0.4) == 0.0


@pytest.mark.parametrize("scores", [np.ones((1, 1)), np.ones((2, 3)), np.array([[1.0, 1.0], [NAN, 1.0]])])
def test_incomplete_scores_are_refused(scores):
    with pytest.raises(UsageError):
        forgetting(scores)
    with pytest.raises(UsageError):
        backward_transfer(scores)


@pytest.mark.parametrize("pair", [(-0.1, 0.5), (0.5, NAN)])
def test_harmonic_mean_refuses_what_is_no_score(pair):
    with pytest.raises(UsageError, match="0 or more"):
        harmonic_mean(*pair)
