"""A dataset cut into consecutive parts: each is scored, then learnt from."""

from dataclasses import dataclass

import numpy as np

from raie.exceptions import UsageError
from raie.experiments.cells.split import HELDOUT_SEED, drawn, labelled, windows_among
from raie.experiments.periods.question import PeriodsQuestion
from raie.interactions.heldout import is_held_out
from raie.interactions.slices import quantile_second
from raie.sequences.events import Events
from raie.sequences.vocabulary import PAD
from raie.sequences.windows import Windows


@dataclass(frozen=True, eq=False)
class Part:
    """Windows of one stretch of time, in time order.

    Attributes
    ----------
    scored : Windows
        Of everybody, held out or not.
    learnt : Windows
        Of users in training, all labels known.
    end : int
        UTC seconds: every label lies before it, and those of later parts do not.
    """

    scored: Windows
    learnt: Windows
    end: int


@dataclass(frozen=True, eq=False)
class Parts:
    """One dataset under one seed.

    Attributes
    ----------
    n_items : int
        Items of Set-up, the candidates; a label beyond them is a miss.
    events : Events
        All events with these items, of users in training.
    setup : Windows
        Of Set-up, for replay.
    retained : Windows
        Of Set-up and users held out: what is to be kept.
    parts : tuple of Part
    """

    n_items: int
    events: Events
    setup: Windows
    retained: Windows
    parts: tuple[Part, ...]


def split_parts(events: Events, question: PeriodsQuestion, seed: int) -> Parts:
    """Cut what came after Set-up.

    Raises
    ------
    UsageError
        If Set-up or a part has no window.
    """
    protocol, periods = question.protocol, question.periods
    in_setup = events.times < quantile_second(events.times, protocol.setup_quantile)
    if not in_setup.any():
        raise UsageError(f"{question.dataset} has no event in Set-up: its first second holds half of all")
    n_items = int(events.items[in_setup].max())
    held_out = is_held_out(events.user_ids, share=protocol.heldout_share, seed=HELDOUT_SEED)

    def windows(among: np.ndarray, users: np.ndarray) -> Windows:
        return windows_among(events, among, users, protocol).known_up_to(n_items)

    setup = labelled(drawn(windows(in_setup, ~held_out), protocol.max_finetune, seed))
    retained = drawn(windows(in_setup, held_out), periods.max_retained, HELDOUT_SEED)
    later = windows(~in_setup, np.ones(len(events), dtype=bool))
    parts = _parts(later.take(later.histories[:, -1] != PAD), question, seed)
    for name, each in {"Set-up": setup, "Set-up, held out": retained}.items():
        if not len(each):
            raise UsageError(f"{question.dataset} has no window in {name}: take a longer history of events")
    known = events.take(~held_out & (events.items <= n_items))
    return Parts(n_items, known, setup, retained, parts)


def _parts(later: Windows, question: PeriodsQuestion, seed: int) -> tuple[Part, ...]:
    protocol, periods = question.protocol, question.periods
    held_out = is_held_out(later.user_ids, share=protocol.heldout_share, seed=HELDOUT_SEED)
    ends = part_ends(later.label_times, periods.n_parts)
    number = np.searchsorted(ends, later.label_times, side="right")
    parts = []
    for place, end in enumerate(ends):
        here = number == place
        scored = drawn(later.take(here), periods.max_scored, HELDOUT_SEED)
        learnt = drawn(labelled(later.take(here & ~held_out)), periods.max_learnt, seed)
        if not len(scored) or not len(learnt):
            raise UsageError(
                f"{question.dataset} has no window in part {place + 1} of {periods.n_parts}: "
                "take a longer history of events"
            )
        parts.append(Part(scored, learnt, end))
    return tuple(parts)


def part_ends(times: np.ndarray, n_parts: int) -> list[int]:
    """UTC seconds at which parts of equal numbers of ``times`` end; a second is never divided."""
    if not len(times):
        return [0] * n_parts
    cuts = [quantile_second(times, number / n_parts) for number in range(1, n_parts)]
    return [*cuts, int(times.max()) + 1]
