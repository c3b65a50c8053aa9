"""What every method promises, whatever it does."""

import numpy as np
import pytest
import torch

from raie.backbones.registry import build_backbone
from raie.exceptions import UsageError
from raie.methods import fitting
from raie.methods.contract import Spent
from raie.methods.registry import METHODS, method_named
from raie.metrics.ranking import recall_at_k, target_ranks
from raie.params import BackboneParams
from tests.adapters.conftest import N_ITEMS, successor_windows
from tests.methods.conftest import material_of

LEARNERS = [name for name in METHODS if name not in ("frozen", "popular-7-days", "e-bpr", "retrain")]
FAST = {"learning_rate": 1e-2}


def quick(method):
    """The default settings, at a rate that learns in a few steps."""
    given = {name: value for name, value in FAST.items() if name in method.grid[0]}
    return method.settings(given)


@pytest.fixture(params=list(METHODS))
def method(request):
    return METHODS[request.param]


def test_the_backbone_stays_as_it_was(method, material):
    before = {name: tensor.clone() for name, tensor in material.backbone.state_dict().items()}
    method.fit(material, quick(method))
    after = material.backbone.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())


def test_every_item_is_scored_and_padding_never(method, material):
    scores = method.fit(material, quick(method)).ranker.scores(material.setup.take(slice(7)))
    assert scores.shape == (7, N_ITEMS + 1)
    assert torch.isneginf(scores[:, 0]).all()
    assert torch.isfinite(scores[:, 1:]).all()


def test_labels_are_not_read(method, material):
    ranker, windows = method.fit(material, quick(method)).ranker, material.setup.take(slice(9))
    other = type(windows)(
        windows.user_ids,
        windows.histories,
        windows.history_times,
        windows.next_items[::-1].copy(),
        windows.label_times + 999,
    )
    assert torch.equal(ranker.scores(windows), ranker.scores(other))


def test_a_sequence_is_scored_alike_alone_and_in_company(method, material):
    ranker, windows = method.fit(material, quick(method)).ranker, material.setup.take(slice(12))
    together = ranker.scores(windows)
    alone = torch.cat([ranker.scores(windows.take(slice(i, i + 1))) for i in range(12)])
    assert torch.allclose(together, alone, atol=1e-5)


def test_the_same_seed_gives_the_same_scores(method, material):
    first, second = (method.fit(material, quick(method)).ranker.scores(material.setup) for _ in range(2))
    assert torch.equal(first, second)


@pytest.fixture
def taken(monkeypatch):
    """Sizes of the batches whose gradients were taken."""
    sizes, step = [], fitting.drawn

    def counted(*arguments):
        for chosen in step(*arguments):
            sizes.append(len(chosen))
            yield chosen

    monkeypatch.setattr(fitting, "drawn", counted)
    return sizes


@pytest.mark.parametrize("n_windows", [96, 10])
def test_what_is_said_to_be_spent_was_spent_and_no_more(method, backbone, taken, n_windows):
    material = material_of(backbone, n=n_windows)
    fitted = method.fit(material, quick(method))
    if method.name == "retrain":
        assert fitted.spent.examples > 0
        return
    assert fitted.spent == Spent(len(taken), sum(taken))
    assert fitted.spent.examples <= material.budget.examples
    assert fitted.spent.steps <= material.budget.steps + 2, "halves and thirds may end in a smaller batch"
    assert (fitted.spent.steps > 0) == (fitted.trained_parameters > 0)
    if n_windows == 96:
        assert (fitted.spent.steps > 0) == (method.name not in ("frozen", "popular-7-days"))


def test_who_trains_spends_all_unless_tuned_to_less(method, material):
    spent = method.fit(material, quick(method)).spent
    if method.name not in ("frozen", "popular-7-days", "retrain", "e-bpr"):
        assert spent.examples == material.budget.examples


@pytest.mark.parametrize("name", LEARNERS)
def test_what_changed_is_learnt(name, material):
    windows = successor_windows(80, seed=9, step=2)
    frozen = METHODS["frozen"].fit(material, {}).ranker
    learnt = METHODS[name].fit(material, quick(METHODS[name])).ranker
    before, after = (
        recall_at_k(target_ranks(ranker.scores(windows).numpy(), windows.next_items), 1)
        for ranker in (frozen, learnt)
    )
    assert after > before + 0.2


@pytest.mark.parametrize("name", ["raie", "mole", "lora-lwf", "e-bpr", "retrain"])
@pytest.mark.parametrize("architecture", ["bert4rec", "tisasrec", "openp5"])
def test_every_backbone_will_do(name, architecture):
    params = BackboneParams(name=architecture, dim=16, n_layers=1, n_heads=2, max_length=8)
    material = material_of(build_backbone(params, N_ITEMS, 3), n=48)
    method = METHODS[name]
    fitted = method.fit(material, quick(method))
    assert torch.isfinite(fitted.ranker.scores(material.finetune)[:, 1:]).all()


def test_trials_are_as_many_for_all_who_have_a_choice():
    sizes = {len(method.grid) for method in METHODS.values()} - {1}
    assert len(sizes) == 1
    assert len(METHODS["raie"].grid) == sizes.pop()


def test_a_trial_sets_what_the_method_has():
    for method in METHODS.values():
        for settings in method.grid:
            assert set(settings) == set(method.grid[0])


def test_what_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="no method 'rai': choose from popular-7-days"):
        method_named("rai")
    with pytest.raises(UsageError, match="lora has no setting 'ranks': it has rank, learning_rate"):
        METHODS["lora"].settings({"ranks": 3})


def test_nobody_learns_from_nothing(material):
    empty = type(material)(**{**vars(material), "finetune": material.finetune.take(np.zeros(0, dtype=int))})
    with pytest.raises(UsageError, match="no window to learn from"):
        METHODS["lora"].fit(empty, quick(METHODS["lora"]))
