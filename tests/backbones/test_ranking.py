import numpy as np

from raie.backbones.ranking import label_ranks
from raie.metrics.ranking import MISS


def test_the_batch_size_does_not_matter(backbone, windows):
    ranks = label_ranks(backbone, windows, batch_size=7)
    np.testing.assert_array_equal(ranks, label_ranks(backbone, windows, batch_size=1000))
    assert ((ranks >= 1) & (ranks <= backbone.n_items)).all()


def test_an_unknown_label_is_a_miss(backbone, windows):
    unknown = windows.known_up_to(6)
    ranks = label_ranks(backbone, unknown, batch_size=50)
    assert (ranks[unknown.next_items == 0] == MISS).all()
    assert (ranks[unknown.next_items > 0] <= backbone.n_items).all()


def test_no_windows_have_no_ranks(backbone, windows):
    assert label_ranks(backbone, windows.take(np.arange(0)), batch_size=5).shape == (0,)
