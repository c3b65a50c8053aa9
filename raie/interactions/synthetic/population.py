"""Set-up and nights, put together with the truth about what was planted."""

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from raie.columns import INTERACTION, ITEM, TIMESTAMP, USER
from raie.interactions.synthetic.nights import NightTruth, PlannedNight, live_through, plan_nights
from raie.interactions.synthetic.world import World, settle
from raie.interactions.table import TYPES, day_of, day_start, in_time_order
from raie.params import SyntheticParams

FIRST_DAY = "2024-01-01"


@dataclass(frozen=True)
class Truth:
    """What was planted. Tastes are named t1, t2, ..., niches n1, n2, ...; days are ``YYYY-MM-DD``."""

    users: pd.DataFrame
    """Per user: user_id, taste (at first), joined (day), neighbour (blended in), converted_to, converted_on;
    the last three are empty text where they do not apply."""
    items: pd.DataFrame
    """Per item: item_id, taste, introduced (day; that of Set-up's start for its items)."""
    nights: pd.DataFrame
    """Per night: night (day), kind (none, small, moderate, emerging), tastes (joined by "+"), users
    (how many were affected), events (of the night), share (of its events, made by affected users)."""
    affected: pd.DataFrame
    """Per night and affected user: night (day), user_id, role (tilted; blending; follower, convert, new)."""


@dataclass(frozen=True)
class Population:
    """A simulated population: interactions in time order, and the truth about them."""

    interactions: pd.DataFrame
    truth: Truth
    setup_end: str
    """First day, ``YYYY-MM-DD``, that is no longer Set-up: the first night."""
    nights: list[str]


def synthesize(params: SyntheticParams, seed: int) -> Population:
    """Simulate a population with planted tastes and planted drift.

    In Set-up users walk around the items of their taste. Every night brings returning and new users and new
    items, and plants the drift that ``params.drift_cycle`` names: ``small`` shifts the walk and popularity
    of one taste; ``moderate`` lets part of a taste's users blend in the neighbouring taste; ``emerging``
    feeds a niche that had a tiny share of Set-up with converts, new users and new items. What has drifted
    stays so.

    Parameters
    ----------
    params : SyntheticParams
        Sizes and the cycle of drift.
    seed : int
        Equal params and seeds give equal populations.

    Returns
    -------
    Population
        Interactions typed as ``raie.interactions.table.accepted`` returns them, from 2024-01-01 on.
    """
    planned = plan_nights(params)
    world = World(rng=np.random.default_rng(seed), params=params, start=day_start(FIRST_DAY))
    settle(world, len({night.niche for night in planned} - {None}))
    truths = []
    for night, plan in enumerate(planned):
        first = plan.niche not in [earlier.niche for earlier in planned[:night]]
        truths.append(live_through(world, plan, night=night, first=first))
    interactions = in_time_order(pd.DataFrame(world.events, columns=list(INTERACTION)).astype(TYPES))
    days = [_day(params.setup_days + night) for night in range(params.n_nights)]
    return Population(
        interactions=interactions,
        truth=_truth(world, interactions, days, planned, truths),
        setup_end=days[0],
        nights=days,
    )


def _day(number: int | None) -> str:
    if number is None:
        return ""
    return (datetime.date.fromisoformat(FIRST_DAY) + datetime.timedelta(days=number)).isoformat()


def _truth(
    world: World,
    interactions: pd.DataFrame,
    days: list[str],
    planned: list[PlannedNight],
    truths: list[NightTruth],
) -> Truth:
    users = [
        (
            user.user_id,
            user.origin,
            _day(user.joined),
            user.neighbour.name if user.neighbour else "",
            user.taste.name if user.converted is not None else "",
            _day(user.converted),
        )
        for user in world.users
    ]
    affected = [
        (day, user, role)
        for day, truth in zip(days, truths, strict=True)
        for user, role in truth.roles.items()
    ]
    return Truth(
        users=pd.DataFrame(
            users, columns=[USER, "taste", "joined", "neighbour", "converted_to", "converted_on"]
        ),
        items=pd.DataFrame(
            [(item, taste, _day(number)) for item, taste, number in world.items],
            columns=[ITEM, "taste", "introduced"],
        ),
        nights=_nights(interactions, days, planned, truths),
        affected=pd.DataFrame(affected, columns=["night", USER, "role"]),
    )


def _nights(
    interactions: pd.DataFrame, days: list[str], planned: list[PlannedNight], truths: list[NightTruth]
) -> pd.DataFrame:
    when = day_of(interactions[TIMESTAMP].to_numpy())
    rows = []
    for day, plan, truth in zip(days, planned, truths, strict=True):
        active = interactions.loc[when == day, USER]
        share = float(active.isin(list(truth.roles)).mean())
        rows.append((day, plan.kind, "+".join(truth.tastes), len(truth.roles), len(active), share))
    return pd.DataFrame(rows, columns=["night", "kind", "tastes", "users", "events", "share"])
