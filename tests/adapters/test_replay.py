import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.adapters.replay import with_replay
from raie.exceptions import UsageError
from raie.sequences.windows import Windows


def numbered(n, prefix):
    users = np.array([f"{prefix}{row}" for row in range(n)], dtype="<U8")
    histories = np.ones((n, 4), dtype=np.int32)
    return Windows(users, histories, histories.astype(np.int64), histories[:, 0], np.arange(n))


@given(st.integers(0, 20), st.integers(0, 20), st.floats(0, 2), st.integers(0, 5))
def test_new_windows_come_first_and_replayed_ones_are_distinct(n_new, n_memory, ratio, seed):
    new, memory = numbered(n_new, "new"), numbered(n_memory, "old")
    weights = np.linspace(0.1, 1, n_new)
    windows, mixed = with_replay(new, weights, memory, replay_ratio=ratio, seed=seed)
    replayed = windows.user_ids[n_new:].tolist()
    assert windows.user_ids[:n_new].tolist() == new.user_ids.tolist()
    assert len(replayed) == min(round(ratio * n_new), n_memory) == len(set(replayed))
    assert set(replayed) <= set(memory.user_ids.tolist())
    assert mixed.tolist() == [*weights.tolist(), *[1.0] * len(replayed)]


def test_the_seed_decides():
    new, memory = numbered(30, "new"), numbered(100, "old")

    def drawn(seed):
        windows, _ = with_replay(new, np.ones(30), memory, replay_ratio=0.3, seed=seed)
        return windows.user_ids[30:].tolist()

    assert len(drawn(1)) == 9
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_weights_must_fit():
    with pytest.raises(UsageError, match="2 weights for 3 windows"):
        with_replay(numbered(3, "n"), np.ones(2), numbered(3, "o"), replay_ratio=0.3, seed=0)
