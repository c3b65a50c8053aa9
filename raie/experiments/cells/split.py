"""A dataset cut into what methods learn from and what they are scored on."""

from dataclasses import dataclass, replace

import numpy as np

from raie.exceptions import UsageError
from raie.experiments.cells.question import Protocol, Question
from raie.interactions.heldout import is_held_out
from raie.interactions.slices import quantile_second, slice_masks, time_cuts
from raie.sequences.events import Events
from raie.sequences.training import Timelines, timelines_of
from raie.sequences.vocabulary import PAD
from raie.sequences.windows import Windows, block_windows, production_windows

HELDOUT_SEED = 0
"""Held-out users and scored windows are the same for every seed, so that scores pair up."""
TAIL = 0.1
"""Share of Finetune's windows, the newest, that choose settings."""


@dataclass(frozen=True, eq=False)
class Split:
    """Windows and timelines of one dataset under one seed.

    Attributes
    ----------
    n_items : int
        Items of Set-up, the candidates; a label beyond them is a miss.
    pretraining : Timelines
        Set-up of users in training, without its newest events.
    validation : Windows
        Those newest events: they choose the backbone's epoch.
    everything : Timelines
        Set-up and Finetune, without the newest events.
    newest : Windows
        Those newest events: they choose a retrain's epoch.
    setup, finetune : Windows
        What methods learn from; `finetune` in time order.
    tail : Windows
        What choose settings: of Finetune's windows, before they were drawn, those newer than the oldest nine
        tenths of `finetune`, so that more users have a say than the tenth that is left of it holds.
    scored : dict of str to Windows
        ``setup_seen``, ``setup_heldout``, ``test``, and ``test_new``: those of ``test`` that ask for an item
        which their history does not hold.
    """

    n_items: int
    pretraining: Timelines
    validation: Windows
    everything: Timelines
    newest: Windows
    setup: Windows
    finetune: Windows
    tail: Windows
    scored: dict[str, Windows]

    def for_tuning(self) -> "Split":
        """Finetune without its newest tenth, `tail` in place of Test; whole timelines end at Set-up."""
        return replace(
            self,
            everything=self.pretraining,
            newest=self.validation,
            finetune=self.finetune.take(slice(_n_learnt(self.finetune))),
            scored={"test": self.tail},
        )


def split_events(events: Events, question: Question, seed: int) -> Split:
    """Cut the events.

    Raises
    ------
    UsageError
        If a slice has no window.
    """
    protocol = question.protocol
    cuts = time_cuts(
        events.times, setup_quantile=protocol.setup_quantile, finetune_quantile=protocol.finetune_quantile
    )
    slices = slice_masks(events.times, cuts)
    if not slices.setup.any():
        raise UsageError(f"{question.dataset} has no event in Set-up: its first second holds half of all")
    held_out = is_held_out(events.user_ids, share=protocol.heldout_share, seed=HELDOUT_SEED)
    n_items = int(events.items[slices.setup].max())

    def windows(among: np.ndarray, users: np.ndarray, most: int, draw: int) -> Windows:
        return drawn(windows_among(events, among, users, protocol).known_up_to(n_items), most, draw)

    everyone = np.ones(len(events), dtype=bool)
    setup = windows(slices.setup, ~held_out, protocol.max_finetune, seed)
    finetune = windows(slices.finetune, ~held_out, len(events), seed)
    scored = {
        "setup_seen": windows(slices.setup, ~held_out, protocol.max_test, HELDOUT_SEED),
        "setup_heldout": windows(slices.setup, held_out, protocol.max_heldout, HELDOUT_SEED),
        "test": windows(slices.test, everyone, protocol.max_test, HELDOUT_SEED),
    }
    scored["test_new"] = scored["test"].take(asks_for_new(scored["test"]))
    whole = labelled(finetune)
    finetune = drawn(whole, protocol.max_finetune, seed)
    tail = drawn(_newer_than_learnt(whole, finetune), protocol.max_test, HELDOUT_SEED)
    for name, each in {"setup": setup, "finetune": finetune, "the newest tenth": tail, **scored}.items():
        if not len(each):
            raise UsageError(f"{question.dataset} has no window in {name}: take a longer history of events")
    until = slices.setup & ~held_out, (slices.setup | slices.finetune) & ~held_out
    (pretraining, validation), (everything, newest) = (
        _newest_apart(events.take(mask), n_items, question) for mask in until
    )
    return Split(
        n_items, pretraining, validation, everything, newest, labelled(setup), finetune, tail, scored
    )


def _n_learnt(finetune: Windows) -> int:
    """Windows that a trial learns from."""
    return len(finetune) - max(1, round(TAIL * len(finetune)))


def _newer_than_learnt(whole: Windows, finetune: Windows) -> Windows:
    learnt = finetune.label_times[: _n_learnt(finetune)]
    return whole.take(whole.label_times > learnt.max(initial=0))


def windows_among(events: Events, among: np.ndarray, users: np.ndarray, protocol: Protocol) -> Windows:
    """Windows whose label is one of the events ``among``, (N,) bool, of ``users``, (N,) bool."""
    if protocol.name == "block":
        return block_windows(events.take(among & users), length=protocol.length, stride=protocol.stride)
    return production_windows(
        events.take(users), among[users], length=protocol.length, min_history=protocol.min_history
    )


def drawn(windows: Windows, most: int, seed: int) -> Windows:
    """Draw at most ``most`` windows whose history holds an item, in time order."""
    windows = windows.take(windows.histories[:, -1] != PAD)
    chosen = np.random.default_rng(seed).permutation(len(windows))[:most]
    return windows.take(np.sort(chosen))


def asks_for_new(windows: Windows) -> np.ndarray:
    """Tell whose next item does not stand in the history, (N,) bool: an unknown one never does."""
    elsewhere = (windows.histories != windows.next_items[:, None]).all(axis=1)
    return np.asarray(elsewhere | (windows.next_items == PAD))


def labelled(windows: Windows) -> Windows:
    """Those whose next item is known."""
    return windows.take(windows.next_items != PAD)


def _newest_apart(events: Events, n_items: int, question: Question) -> tuple[Timelines, Windows]:
    events = events.take(events.items <= n_items)
    tail = events.times >= quantile_second(events.times, 1 - question.pretrain.validation_share)
    protocol = question.protocol
    newest = production_windows(events, tail, length=protocol.length, min_history=protocol.min_history)
    return timelines_of(events.take(~tail)), newest
