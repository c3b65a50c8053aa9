"""What a method may see: nothing of Test, nobody held out."""

import dataclasses

import numpy as np
import pytest

from raie.exceptions import UsageError
from raie.experiments.cells.dataset import read_positives
from raie.experiments.cells.question import question_of
from raie.experiments.cells.split import TAIL, split_events
from raie.experiments.tables.record import PARTS
from raie.interactions.heldout import is_held_out
from raie.interactions.slices import time_cuts
from raie.sequences.windows import Windows


@pytest.fixture
def events(question):
    return read_positives(question.file, None)


@pytest.fixture
def cuts(events):
    return time_cuts(events.times, setup_quantile=0.5, finetune_quantile=0.8)


@pytest.fixture(params=["production", "block"])
def asked(question, request):
    protocol = question.protocol.model_copy(update={"name": request.param, "length": 4})
    return question.model_copy(update={"protocol": protocol})


def same(first, second):
    return all(
        np.array_equal(getattr(first, field.name), getattr(second, field.name))
        for field in dataclasses.fields(Windows)
    )


def test_nothing_of_test_is_learnt_from(asked, events, cuts):
    split = split_events(events, asked, seed=1)
    assert split.setup.label_times.max() < cuts.setup_end
    assert cuts.setup_end <= split.finetune.label_times.min()
    assert split.finetune.label_times.max() < cuts.finetune_end <= split.scored["test"].label_times.min()
    assert split.pretraining.times.max() < split.validation.label_times.min() < cuts.setup_end
    assert split.everything.times.max() <= split.newest.label_times.min() < cuts.finetune_end


def test_nobody_held_out_is_learnt_from(asked, events):
    split = split_events(events, asked, seed=1)
    for windows in (split.setup, split.finetune, split.validation, split.newest, split.scored["setup_seen"]):
        assert not is_held_out(windows.user_ids, share=0.1, seed=0).any()
    assert is_held_out(split.scored["setup_heldout"].user_ids, share=0.1, seed=0).all()


def test_what_is_scored_does_not_depend_on_the_seed(asked, events):
    first, second = (split_events(events, asked, seed) for seed in (1, 2))
    for part in PARTS:
        assert same(first.scored[part], second.scored[part])


def test_what_asks_for_something_new_is_told_apart(asked, events):
    scored = split_events(events, asked, seed=0).scored
    new = [
        item == 0 or item not in history
        for item, history in zip(scored["test"].next_items, scored["test"].histories.tolist(), strict=True)
    ]
    assert sum(new) > 0
    assert same(scored["test_new"], scored["test"].take(np.array(new)))


def test_what_is_learnt_from_is_drawn_by_the_seed(question, events):
    protocol = question.protocol.model_copy(update={"max_finetune": 50})
    asked = question.model_copy(update={"protocol": protocol})
    first, again, second = (split_events(events, asked, seed).finetune for seed in (1, 1, 2))
    assert len(first) == 50
    assert same(first, again)
    assert not same(first, second)


def test_what_learns_knows_every_item_and_comes_in_time_order(asked, events):
    split = split_events(events, asked, seed=1)
    for windows in (split.setup, split.finetune):
        assert (windows.next_items >= 1).all()
        assert max(windows.next_items.max(), windows.histories.max()) <= split.n_items
    assert (np.diff(split.finetune.label_times) >= 0).all()


def test_trials_learn_from_all_but_the_newest_tenth(question, events):
    split = split_events(events, question, seed=0)
    tuning = split.for_tuning()
    assert len(split.finetune) - len(tuning.finetune) == round(TAIL * len(split.finetune))
    assert set(tuning.scored) == {"test"}
    oldest = tuning.scored["test"].label_times.min()
    learnt_from = (tuning.everything.times, tuning.newest.label_times, tuning.setup.label_times)
    assert max(times.max() for times in (*learnt_from, tuning.finetune.label_times)) < oldest


def test_trials_are_scored_on_all_that_is_newer(question, events):
    """However few windows of Finetune methods learn from: the choice does not hang on the users drawn."""
    few, all_of_them = (
        question.model_copy(update={"protocol": question.protocol.model_copy(update={"max_finetune": most})})
        for most in (50, 10**6)
    )
    tuning = split_events(events, few, seed=0).for_tuning()
    everything = split_events(events, all_of_them, seed=0).finetune
    newer = everything.take(everything.label_times > tuning.finetune.label_times.max())
    assert len(newer) > 2 * round(TAIL * 50)
    for part in ("user_ids", "histories", "next_items", "label_times"):
        assert np.array_equal(getattr(tuning.scored["test"], part), getattr(newer, part))


def test_what_cannot_be_asked_is_refused(tmp_path, dataset):
    with pytest.raises(UsageError, match=r"no dataset at .*none\.tsv"):
        question_of(tmp_path / "none.tsv", backbone="sasrec", protocol="production", min_rating=None)
    with pytest.raises(UsageError, match="no backbone 'gru': choose from sasrec"):
        question_of(dataset, backbone="gru", protocol="production", min_rating=None)
    asked = question_of(dataset, backbone="sasrec", protocol="production", min_rating=4.0)
    assert asked.dataset == "circle-walks0"
    short = tmp_path / "short.tsv"
    short.write_text("u1\ti1\t1600000000\nu1\ti2\t1600000060\nu2\ti1\t1600000120\n")
    with pytest.raises(UsageError, match="holds no positive"):
        read_positives(short, 4.0)
    rated = tmp_path / "rated.tsv"
    rated.write_text("u1\ti1\t5\nu1\ti2\t3\n")
    with pytest.raises(UsageError, match="the latest time is 5, which is before 1973"):
        read_positives(rated, None)
    with pytest.raises(UsageError, match="no window in"):
        split_events(read_positives(short, None), asked, seed=0)
