import copy

import numpy as np
import pytest
import torch

from raie.backbones.batches import history_batches
from raie.backbones.grow import new_item_rows
from raie.backbones.ranking import label_ranks
from raie.exceptions import UsageError
from raie.params import PretrainParams
from raie.sequences.windows import Windows

N_ITEMS = 12
PARAMS = PretrainParams(new_item_epochs=20, batch_size=8)
UNTRAINED = PARAMS.model_copy(update={"new_item_epochs": 0})


def windows_of(histories, labels):
    histories = np.array(histories, np.int32)
    n = len(histories)
    return Windows(
        np.array(["u"] * n), histories, histories.astype(np.int64), np.array(labels, np.int32), np.zeros(n)
    )


@pytest.fixture
def night():
    """Item 13 always follows items 1 and 2, item 14 follows 7 and 8."""
    histories = [[3, 1, 2], [2, 1, 2], [5, 7, 8], [8, 7, 8], [1, 2, 13], [9, 10, 11]] * 4
    return windows_of(histories, [13, 13, 14, 14, 3, 12] * 4)


def test_a_row_starts_as_the_mean_of_the_items_before_it(backbone):
    rows = new_item_rows(backbone, windows_of([[0, 1, 2], [13, 5, 2]], [13, 13]), 1, params=UNTRAINED, seed=0)
    vectors = backbone.item_vectors()
    torch.testing.assert_close(rows[0], (vectors[1] + 2 * vectors[2] + vectors[5]) / 4)


def test_an_item_that_nothing_precedes_starts_in_the_middle(backbone):
    rows = new_item_rows(backbone, windows_of([[1, 2, 14]], [5]), 2, params=UNTRAINED, seed=0)
    middle = backbone.item_vectors()[1:].mean(dim=0)
    torch.testing.assert_close(rows, middle.expand(2, -1))


def test_the_backbone_stays_byte_for_byte(backbone, night):
    backbone.grow(torch.randn(1, 16))
    before = {name: weight.clone() for name, weight in backbone.state_dict().items()}
    moved = windows_of(
        np.where(night.histories > 12, 14, night.histories), night.next_items + (night.next_items > 12)
    )
    rows = new_item_rows(backbone, moved, 2, params=PARAMS, seed=0)
    assert all(torch.equal(before[name], weight) for name, weight in backbone.state_dict().items())
    old = backbone.item_vectors().detach().clone()
    backbone.grow(rows)
    assert torch.equal(backbone.item_vectors()[: len(old)], old)
    assert torch.equal(backbone.item_vectors()[len(old) :], rows)


def test_training_ranks_new_items_higher_where_they_follow(backbone, night):
    ranks = {}
    for name, params in (("untrained", UNTRAINED), ("trained", PARAMS)):
        grown = grown_by(backbone, new_item_rows(backbone, night, 2, params=params, seed=0))
        ranks[name] = label_ranks(grown, night.take(night.next_items > N_ITEMS), batch_size=50).mean()
    assert ranks["trained"] < ranks["untrained"]


def grown_by(backbone, rows):
    grown = copy.deepcopy(backbone)
    grown.grow(rows)
    return grown


def test_windows_without_a_new_item_teach_where_it_is_not_wanted(backbone, night):
    elsewhere = night.take(night.next_items == 12)
    touched = night.take(night.next_items != 12)
    scores = {}
    for name, part in (("all", night), ("touched", touched)):
        grown = grown_by(backbone, new_item_rows(backbone, part, 2, params=PARAMS, seed=0))
        batch = next(history_batches(elsewhere, batch_size=50, device=torch.device("cpu")))
        states = grown(batch.items, batch.times)
        scores[name] = grown.scores(states).softmax(dim=1)[:, N_ITEMS + 1 :].mean().item()
    assert scores["all"] < scores["touched"]


def read_every_time(backbone, windows, rows, *, params, seed):
    """The same training, every history read anew in every step."""
    grown = grown_by(backbone, rows).requires_grad_(False)
    added = grown.items.added.requires_grad_(True)
    optimizer = torch.optim.Adam([added], lr=params.new_item_learning_rate)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(params.new_item_epochs):
        for chosen in torch.randperm(len(windows), generator=generator).split(params.batch_size):
            own = windows.take(chosen.numpy())
            batch = next(history_batches(own, batch_size=len(own), device=torch.device("cpu")))
            scores = grown.scores(grown(batch.items, batch.times))
            targets = torch.as_tensor(own.next_items, dtype=torch.int64)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(scores, targets).backward()
            optimizer.step()
    return added.detach()


def test_rows_are_those_of_reading_every_history_every_time(backbone, night):
    start = new_item_rows(backbone, night, 2, params=UNTRAINED, seed=0)
    short = PARAMS.model_copy(update={"new_item_epochs": 3})
    wanted = read_every_time(backbone, night, start, params=short, seed=4)
    found = new_item_rows(backbone, night, 2, params=short, seed=4)
    torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-4)


def test_a_seed_decides_the_rows(backbone, night):
    first, same, other = (new_item_rows(backbone, night, 2, params=PARAMS, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_a_night_without_new_items_has_no_rows(backbone, night):
    old = night.take(night.next_items == 12)
    assert new_item_rows(backbone, old, 0, params=PARAMS, seed=0).shape == (0, 16)


def test_new_items_without_a_labelled_window_stay_where_they_start(backbone, night):
    unlabelled = windows_of(night.histories, np.zeros(len(night)))
    trained, untrained = (
        new_item_rows(backbone, unlabelled, 2, params=p, seed=0) for p in (PARAMS, UNTRAINED)
    )
    assert torch.equal(trained, untrained)


def test_an_item_beyond_the_vocabulary_is_refused(backbone, night):
    with pytest.raises(UsageError, match="holds item 14, but the vocabulary ends at 13"):
        new_item_rows(backbone, night, 1, params=PARAMS, seed=0)
