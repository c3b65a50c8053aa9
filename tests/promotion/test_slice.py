import numpy as np
import pytest

from raie.exceptions import UsageError
from raie.promotion.slice import Slice


def test_windows_are_taken_with_all_they_have(plant):
    whole = plant(np.random.default_rng(0), 60, changed=0.4)
    part = whole.take(whole.regions == "r0002")
    assert 0 < len(part) < 60
    assert set(part.regions) == {"r0002"}
    again = np.flatnonzero(whole.regions == "r0002")
    for name in ("champion", "candidate", "users"):
        assert getattr(part, name).tolist() == getattr(whole, name)[again].tolist()


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(UsageError, match=r"a slice holds \[2, 2, 1, 2\] values: pass one per window"):
        Slice(np.zeros(2), np.zeros(2), np.array(["u"]), np.array(["", ""]))
