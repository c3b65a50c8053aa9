"""The drift alarm: whether the newest nights recommend a retrain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from raie.params import AlarmParams

MIN_NIGHTS_OF_A_SLOPE = 3
ROUNDING = 1e-12
"""A value that equals its threshold but for rounding has not passed it."""


@dataclass(frozen=True)
class NightSignals:
    """What one night showed; None where it is not known.

    Attributes
    ----------
    night : str
    windows : int
        Sequences that arrived.
    fallback_share, ambiguous_share : float or None
        Of `windows`: routed to no region, or to one by a small posterior margin.
    adds : int
        Regions that the night added.
    retention : float or None
        Recall@k on held-out Set-up.
    """

    night: str
    windows: int = 0
    fallback_share: float | None = None
    ambiguous_share: float | None = None
    adds: int = 0
    retention: float | None = None


@dataclass(frozen=True)
class Signal:
    """One signal next to its threshold.

    Attributes
    ----------
    name : str
    value : float or None
        None where there is too little to judge by.
    threshold : float
    parameter : str
        Where the threshold is set.
    fired : bool
        Whether the value lies beyond the threshold.
    nights : int
        Nights that the value is made of.
    text : str
    """

    name: str
    value: float | None
    threshold: float
    parameter: str
    fired: bool
    nights: int
    text: str


@dataclass(frozen=True)
class Alarm:
    """All signals, and what they recommend."""

    nights: tuple[str, ...]
    signals: tuple[Signal, ...]
    recommend_retrain: bool
    text: str


def judge_drift(nights: Sequence[NightSignals], params: AlarmParams) -> Alarm:
    """Hold the newest nights against the thresholds.

    Parameters
    ----------
    nights : sequence of NightSignals
        Of one generation, oldest first; the newest ``params.nights`` of them count.
    params : AlarmParams

    Returns
    -------
    Alarm
        It recommends a retrain if any signal fired.
    """
    newest = nights[-params.nights :]
    signals = tuple(_signals(newest, params))
    fired = [signal for signal in signals if signal.fired]
    return Alarm(
        nights=tuple(night.night for night in newest),
        signals=signals,
        recommend_retrain=bool(fired),
        text=_text(fired) if fired else "no signal of drift is beyond its threshold",
    )


def _text(fired: Sequence[Signal]) -> str:
    reasons = "; ".join(f"{signal.text} ({signal.parameter} = {signal.threshold:g})" for signal in fired)
    return f"a retrain is recommended (raie retrain): {reasons}"


def _signals(nights: Sequence[NightSignals], params: AlarmParams) -> Iterator[Signal]:
    fallbacks = [(night.windows, night.fallback_share) for night in nights]
    yield _share("fallback_share", params.max_fallback_share, fallbacks, "fell back to the base")
    ambiguous = [(night.windows, night.ambiguous_share) for night in nights]
    yield _share("ambiguous_share", params.max_ambiguous_share, ambiguous, "were ambiguous")
    yield _adds(nights, params.max_adds)
    yield _slope([night.retention for night in nights], params.min_retention_slope)


def _share(name: str, most: float, given: Sequence[tuple[int, float | None]], what: str) -> Signal:
    parameter = f"alarm.max_{name}"
    known = [(windows, share) for windows, share in given if windows > 0 and share is not None]
    if not known:
        return Signal(name, None, most, parameter, False, 0, "not judged: nothing arrived that was routed")
    windows, shares = (np.array(column, dtype=np.float64) for column in zip(*known, strict=True))
    value = float(np.average(shares, weights=windows))
    text = f"{100 * value:.1f} % of {windows.sum():,.0f} sequences of {_counted(len(known))} {what}"
    return Signal(name, value, most, parameter, value > most + ROUNDING, len(known), text)


def _adds(nights: Sequence[NightSignals], most: int) -> Signal:
    value = sum(night.adds for night in nights)
    text = f"{value} region{'' if value == 1 else 's'} added in {_counted(len(nights))}"
    return Signal("adds", value, most, "alarm.max_adds", value > most, len(nights), text)


def _slope(retention: Sequence[float | None], least: float) -> Signal:
    name, parameter = "retention_slope", "alarm.min_retention_slope"
    known = [(place, value) for place, value in enumerate(retention) if value is not None]
    if len(known) < MIN_NIGHTS_OF_A_SLOPE:
        text = f"not judged: a slope needs {MIN_NIGHTS_OF_A_SLOPE} nights, found {len(known)}"
        return Signal(name, None, least, parameter, False, len(known), text)
    places, values = (np.array(column, dtype=np.float64) for column in zip(*known, strict=True))
    away = places - places.mean()
    value = float(away @ (values - values.mean()) / (away @ away))
    text = f"retention changed by {value:+.4f} a night over {_counted(len(known))}"
    return Signal(name, value, least, parameter, value < least - ROUNDING, len(known), text)


def _counted(n_nights: int) -> str:
    return f"{n_nights} night{'' if n_nights == 1 else 's'}"
