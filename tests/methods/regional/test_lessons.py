"""What regions learn from."""

import torch

from raie.backbones.protocol import Batch
from raie.methods.regional.lessons import cut_short


def test_histories_are_cut_before_each_of_their_events_alike():
    items = torch.tensor([[0, 0, 3], [0, 1, 2], [4, 5, 6]]).repeat(3000, 1)
    times = items * 10
    shorter, wanted, rows = cut_short(Batch(items, times), torch.Generator().manual_seed(0))
    assert not (rows % 3 == 0).any(), "one event leaves nothing to cut"
    assert torch.equal(shorter.times, shorter.items * 10)
    found = {
        (int(row % 3), tuple(history), label)
        for row, history, label in zip(rows, shorter.items.tolist(), wanted.tolist(), strict=True)
    }
    assert found == {(1, (0, 0, 1), 2), (2, (0, 0, 4), 5), (2, (0, 4, 5), 6)}
    of_three = wanted[rows % 3 == 2]
    assert 0.45 < (of_three == 5).float().mean() < 0.55
