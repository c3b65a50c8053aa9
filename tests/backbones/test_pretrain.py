import numpy as np
import pytest
import torch

from raie.backbones.passes import Passes
from raie.backbones.pretrain import Epoch, TrainingLog, pretrain
from raie.backbones.ranking import label_ranks
from raie.backbones.registry import build_backbone
from raie.exceptions import UsageError
from raie.params import PretrainParams
from raie.sequences.training import Timelines, timelines_of

N_ITEMS = 12
PARAMS = PretrainParams(epochs=4, batch_size=16, learning_rate=5e-3, patience=4)


@pytest.fixture
def timelines(cycle):
    return timelines_of(cycle.take(cycle.times < 12))


def weights_after(architecture, timelines, windows, *, params=PARAMS, seed=5, **options):
    backbone = build_backbone(architecture, N_ITEMS, seed=1)
    log = pretrain(backbone, timelines, windows, params=params, seed=seed, **options)
    return log, backbone.state_dict()


def _without_last(timelines):
    ends = timelines.ends[:-1]
    return Timelines(timelines.items[: ends[-1]], timelines.times[: ends[-1]], ends)


def assert_same(left, right):
    assert left.keys() == right.keys()
    assert [name for name in left if not torch.equal(left[name], right[name])] == []


def test_passes_teach_what_comes_next(params, timelines, windows):
    backbone = build_backbone(params.model_copy(update={"dropout": 0.0}), N_ITEMS, seed=1)
    before = label_ranks(backbone, windows, batch_size=64).mean()
    passes = Passes(backbone, timelines, PARAMS.model_copy(update={"epochs": 60}), seed=5)
    losses = [passes.take(epoch) for epoch in range(60)]
    assert losses[-1] < losses[0]
    assert label_ranks(backbone, windows, batch_size=64).mean() < 2.5 < before


def test_a_seed_decides_the_result_and_nothing_global_moves(params, timelines, windows):
    state = torch.get_rng_state()
    log, first = weights_after(params, timelines, windows)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.are_deterministic_algorithms_enabled()
    torch.manual_seed(99)
    same_log, same = weights_after(params, timelines, windows)
    assert log == same_log
    assert_same(first, same)
    _, other = weights_after(params, timelines, windows, seed=6)
    assert not torch.equal(first["items.genesis"], other["items.genesis"])


def test_an_interrupted_run_continues_to_the_same_result(params, timelines, windows, tmp_path):
    log, whole = weights_after(params, timelines, windows)
    path = tmp_path / "state" / "checkpoint.safetensors"

    class PowerCutError(Exception):
        pass

    def cut(epoch):
        if epoch.epoch == 2:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        weights_after(params, timelines, windows, checkpoint=path, on_epoch=cut)
    told = []
    resumed_log, resumed = weights_after(params, timelines, windows, checkpoint=path, on_epoch=told.append)
    assert [epoch.epoch for epoch in told] == [3, 4]
    assert resumed_log == log
    assert_same(resumed, whole)


def test_a_checkpoint_of_other_parameters_is_not_continued(params, timelines, windows, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    weights_after(params, timelines, windows, checkpoint=path)
    told = []
    slower = PARAMS.model_copy(update={"learning_rate": 1e-3})
    weights_after(params, timelines, windows, checkpoint=path, params=slower, on_epoch=told.append)
    assert [epoch.epoch for epoch in told] == [1, 2, 3, 4]
    told.clear()
    weights_after(params, timelines, windows, checkpoint=path, params=slower, on_epoch=told.append)
    assert told == []


@pytest.mark.parametrize(
    "spoil", [lambda content: content[: len(content) // 2], lambda _: b"", lambda c: c[:-3]]
)
def test_a_checkpoint_that_cannot_be_read_is_made_anew(params, timelines, windows, tmp_path, spoil):
    path = tmp_path / "checkpoint.safetensors"
    _, whole = weights_after(params, timelines, windows, checkpoint=path)
    path.write_bytes(spoil(path.read_bytes()))
    told = []
    _, again = weights_after(params, timelines, windows, checkpoint=path, on_epoch=told.append)
    assert [epoch.epoch for epoch in told] == [1, 2, 3, 4]
    assert_same(again, whole)


def test_a_checkpoint_of_other_first_weights_is_not_continued(params, timelines, windows, tmp_path):
    path, told = tmp_path / "checkpoint.safetensors", []
    weights_after(params, timelines, windows, checkpoint=path)
    backbone = build_backbone(params, N_ITEMS, seed=2)
    pretrain(backbone, timelines, windows, params=PARAMS, seed=5, checkpoint=path, on_epoch=told.append)
    assert [epoch.epoch for epoch in told] == [1, 2, 3, 4]


@pytest.mark.parametrize("other", ["more items", "other validation", "other events"])
def test_a_checkpoint_of_other_data_is_not_continued(params, timelines, windows, tmp_path, other):
    def train(n_items, timelines, windows):
        backbone, told = build_backbone(params, n_items, seed=1), []
        path = tmp_path / "checkpoint.safetensors"
        pretrain(backbone, timelines, windows, params=PARAMS, seed=5, checkpoint=path, on_epoch=told.append)
        return [epoch.epoch for epoch in told]

    assert train(N_ITEMS, timelines, windows) == [1, 2, 3, 4]
    assert train(N_ITEMS, timelines, windows) == []
    # as at a retrain: the same timelines but items and windows of held-out users that are new
    changed = {
        "more items": (N_ITEMS + 3, timelines, windows),
        "other validation": (N_ITEMS, timelines, windows.take(np.arange(len(windows) - 5))),
        "other events": (N_ITEMS, _without_last(timelines), windows),
    }
    assert train(*changed[other]) == [1, 2, 3, 4]


def test_the_best_epoch_is_kept(params, timelines, windows):
    kept = {}

    def keep(epoch):
        kept[epoch.epoch] = {name: weight.clone() for name, weight in backbone.state_dict().items()}

    backbone = build_backbone(params, N_ITEMS, seed=1)
    log = pretrain(backbone, timelines, windows, params=PARAMS, seed=5, on_epoch=keep)
    assert not backbone.training
    assert_same(backbone.state_dict(), kept[log.best.epoch])


def test_training_stops_when_patience_runs_out():
    params = PretrainParams(epochs=10, patience=2)
    log = TrainingLog()
    assert not log.is_over(params)
    for recall in (0.1, 0.3, 0.3, 0.2):
        assert not log.is_over(params)
        log = log.with_epoch(loss=1.0, recall=recall)
    assert log.best == Epoch(2, 1.0, 0.3)
    assert log.is_over(params)


def test_the_inputs_stay_as_they_were(params, timelines, windows):
    items, times = timelines.items.copy(), timelines.times.copy()
    weights_after(params, timelines, windows)
    np.testing.assert_array_equal(timelines.items, items)
    np.testing.assert_array_equal(timelines.times, times)


def test_nothing_to_learn_from_is_refused(params, timelines, windows):
    nothing = Timelines(*(array[:0] for array in timelines))
    with pytest.raises(UsageError, match="got 0 and"):
        weights_after(params, nothing, windows)
    with pytest.raises(UsageError, match="raise pretrain.validation_share"):
        weights_after(params, timelines, windows.take(np.arange(0)))


class _Seen:
    """A backbone's loss that notes which rows it was given."""

    def __init__(self, backbone):
        self.rows, self._loss = set(), backbone.pretraining_loss
        backbone.pretraining_loss = self

    def __call__(self, batch, generator):
        self.rows |= {tuple(item for item in row if item) for row in batch.items.tolist()}
        return self._loss(batch, generator)


def test_rows_end_elsewhere_in_each_epoch_where_the_backbone_asks_for_it(params, timelines):
    backbone = build_backbone(params.model_copy(update={"max_length": 5}), N_ITEMS, seed=1)
    passes, seen = Passes(backbone, timelines, PARAMS, seed=5), _Seen(backbone)
    passes.take(0)
    first = set(seen.rows)
    seen.rows.clear()
    passes.take(1)
    assert (seen.rows == first) is not backbone.rows_move
