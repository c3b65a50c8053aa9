from dataclasses import replace

import numpy as np
import pytest
import torch

from raie.backbones.registry import build_backbone
from raie.encodings.readings import Readings, read_alike
from raie.params import BackboneParams
from raie.sequences.windows import Windows


class Reader:
    """Sums a history's items and times, and remembers how many histories it was given."""

    def __init__(self):
        self.given = []

    def __call__(self, windows):
        self.given.append(len(windows))
        return np.stack([windows.histories.sum(axis=1), windows.history_times.sum(axis=1)], axis=1)


@pytest.fixture
def windows():
    histories = np.arange(40, dtype=np.int32).reshape(10, 4)
    times = histories.astype(np.int64) + 100
    return Windows(np.array(["u"] * 10), histories, times, np.ones(10, np.int32), np.arange(10))


def test_are_what_the_reader_makes_of_them_in_order(windows):
    order = np.array([3, 0, 3, 9, 5, 0])
    readings, read = Readings(), Reader()
    np.testing.assert_array_equal(readings.of(windows, read), read(windows))
    np.testing.assert_array_equal(readings.of(windows.take(order), read), read(windows)[order])


def test_a_history_is_read_once(windows):
    readings, read = Readings(), Reader()
    readings.of(windows.take(np.array([1, 2, 2, 1])), read)
    readings.of(windows, read)
    readings.of(windows, read)
    assert read.given == [2, 8]


def test_the_same_items_at_other_times_are_another_history(windows):
    later = replace(windows, history_times=windows.history_times + 1)
    readings, read = Readings(), Reader()
    assert not np.array_equal(readings.of(windows, read), readings.of(later, read))


def test_labels_and_users_are_not_looked_at(windows):
    others = replace(windows, user_ids=np.array(["v"] * 10), next_items=windows.next_items + 1)
    readings, read = Readings(), Reader()
    readings.of(windows, read)
    readings.of(others, read)
    assert read.given == [10]


def test_no_windows_have_the_width_of_others(windows):
    assert Readings().of(windows.take(np.arange(0)), Reader()).shape == (0, 2)


def grown(*rows, seed=0):
    backbone = build_backbone(BackboneParams(dim=8, n_layers=1, max_length=4), 5, seed)
    for row in rows:
        backbone.grow(torch.full((1, 8), row))
    return backbone


def test_backbones_read_alike_until_one_of_their_rows_is_another():
    assert read_alike(grown(), grown())
    assert read_alike(grown(), grown(0.5))
    assert read_alike(grown(0.5, 0.25), grown(0.5))
    assert not read_alike(grown(0.5), grown(0.25))
    assert not read_alike(grown(0.5, 0.25), grown(0.75, 0.25, 0.5))
    assert not read_alike(grown(), grown(seed=1))
    assert not read_alike(grown(), build_backbone(BackboneParams(dim=8, n_layers=2, max_length=4), 5, 0))
