import subprocess
import sys

import numpy as np
import pytest

from raie.backbones.ranking import label_ranks
from raie.exceptions import MissingError, UsageError
from raie.metrics.ranking import MISS, target_ranks
from raie.routing.score import base_ranks, routed_ranks


def test_each_window_is_ranked_under_its_own_adapter(bank, windows, routes, regions):
    ranks = routed_ranks(bank, windows, routes, regions.ids, batch_size=8)
    for row in range(len(windows)):
        adapter = None if routes.fallback[row] else regions.ids[routes.region[row]]
        alone = windows.take(np.array([row]))
        scores = bank.scores(bank.states(alone.histories, alone.history_times, [adapter])).numpy()
        assert ranks[row] == target_ranks(scores, alone.next_items)[0]


def test_adapters_change_ranks_where_routed_and_only_there(bank, windows, routes, regions):
    routed = routed_ranks(bank, windows, routes, regions.ids, batch_size=8)
    base = base_ranks(bank, windows, batch_size=8)
    assert np.array_equal(routed[routes.fallback], base[routes.fallback])
    assert (routed[~routes.fallback] != base[~routes.fallback]).any()


def test_base_ranks_are_those_of_the_backbone(bank, backbone, windows):
    expected = label_ranks(backbone, windows, batch_size=16)
    assert np.array_equal(base_ranks(bank, windows, batch_size=7), expected)


def test_permuting_windows_permutes_ranks(bank, windows, routes, regions):
    order = np.random.default_rng(1).permutation(len(windows))
    ranks = routed_ranks(bank, windows, routes, regions.ids, batch_size=8)
    permuted = routed_ranks(bank, windows.take(order), routes.take(order), regions.ids, batch_size=8)
    assert np.array_equal(ranks[order], permuted)


def test_batch_size_does_not_change_ranks(bank, windows, routes, regions):
    small = routed_ranks(bank, windows, routes, regions.ids, batch_size=3)
    assert np.array_equal(small, routed_ranks(bank, windows, routes, regions.ids, batch_size=500))


def test_unknown_next_items_are_misses(bank, windows, routes, regions):
    forgotten = windows.known_up_to(0)
    labels = routed_ranks(bank, forgotten, routes, regions.ids, batch_size=8)
    assert (labels == MISS).all()


def test_a_route_without_an_adapter_is_refused(bank, windows, routes, regions):
    with pytest.raises(MissingError, match="no adapter 'r0099'"):
        routed_ranks(bank, windows, routes, ("r0099", *regions.ids[1:]), batch_size=8)


def test_routes_must_fit_the_windows(bank, windows, routes, regions):
    with pytest.raises(UsageError, match="5 routes for 60 histories"):
        routed_ranks(bank, windows, routes.take(np.arange(5)), regions.ids, batch_size=8)


def test_importing_routing_does_not_import_peft():
    script = "import sys, raie.routing.recommend, raie.routing.router; sys.exit('peft' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
