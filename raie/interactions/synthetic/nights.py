"""Nights: returning and new users, new items, and the drift planted in each."""

from dataclasses import dataclass
from itertools import groupby

from raie.interactions.synthetic.tastes import Taste
from raie.interactions.synthetic.world import DAY, User, World
from raie.params import DriftKind, SyntheticParams

MODERATE_SHARE = 0.35
EMERGING_SHARE = 0.3
"""Shares of a night's events that the users affected by a moderate or emerging drift make."""
CONVERTS_AMONG_RECRUITS = 0.2
"""Of those recruited to a niche, the share that leaves another taste; the others are new users."""
USUAL = (4, 11)
MANY = (12, 19)
"""Events of a user in a night, lower bound and exclusive upper bound."""


@dataclass(frozen=True)
class PlannedNight:
    """What is planted in a night: its kind and, where it is emerging, which niche."""

    kind: DriftKind
    niche: int | None


@dataclass(frozen=True)
class NightTruth:
    """What was planted: the tastes involved, and the role of each user affected."""

    tastes: tuple[str, ...]
    roles: dict[str, str]


def plan_nights(params: SyntheticParams) -> list[PlannedNight]:
    """Cycle through the kinds of drift; each unbroken run of emerging nights feeds one niche."""
    cycle = params.drift_cycle
    kinds = [cycle[night % len(cycle)] for night in range(params.n_nights)]
    planned: list[PlannedNight] = []
    n_niches = 0
    for kind, run in groupby(kinds):
        niche = n_niches if kind == "emerging" else None
        n_niches += kind == "emerging"
        planned.extend(PlannedNight(kind, niche) for _ in run)
    return planned


def live_through(world: World, planned: PlannedNight, *, night: int, first: bool) -> NightTruth:
    """Simulate one night.

    Parameters
    ----------
    world : World
        Changed: tastes move, users and items join, events happen.
    planned : PlannedNight
        The drift to plant.
    night : int
        Number of the night, from 0.
    first : bool
        Whether this is the first night of its niche.
    """
    day = world.params.setup_days + night
    n_tastes = len(world.tastes)
    taste = world.tastes[(night + night // n_tastes) % n_tastes]
    for k in range(world.params.new_items_per_night):
        into = world.tastes[(night + k) % n_tastes]
        into.insert(world.rng, world.new_item(into.name, day))
    if planned.kind == "moderate":
        neighbour = world.tastes[(world.tastes.index(taste) + 1) % n_tastes]
        roles = _blend(world, taste, neighbour, day)
        _usual(world, day, busy=set(roles))
        return NightTruth((taste.name, neighbour.name), roles)
    if planned.kind == "emerging" and planned.niche is not None:
        niche = world.niches[planned.niche]
        roles = _emerge(world, niche, day, first=first)
        _usual(world, day, busy=set(roles))
        return NightTruth((niche.name,), roles)
    if planned.kind == "small":
        taste.shift()
        active = _usual(world, day, busy=set())
        return NightTruth((taste.name,), {user.user_id: "tilted" for user in active if user.taste is taste})
    _usual(world, day, busy=set())
    return NightTruth((), {})


def _blend(world: World, taste: Taste, neighbour: Taste, day: int) -> dict[str, str]:
    """Let users who know only one taste follow the neighbouring one too, from now on."""
    loyal = [user for user in world.users if user.taste is taste and user.neighbour is None]
    waiting = _shuffled(world, loyal)
    roles: dict[str, str] = {}
    left = MODERATE_SHARE * world.params.events_per_night
    while left > 0 and waiting:
        user = waiting.pop()
        user.neighbour = neighbour
        roles[user.user_id] = "blending"
        left -= _session(world, user, day, MANY)
    return roles


def _emerge(world: World, niche: Taste, day: int, *, first: bool) -> dict[str, str]:
    """Let a niche take a sizeable share of the night: its followers, converts and new users."""
    if first:
        for _ in range(max(1, world.params.niche_items // 2)):
            niche.insert(world.rng, world.new_item(niche.name, day))
    followers = _shuffled(world, [user for user in world.users if user.taste is niche])
    others = _shuffled(world, [user for user in world.users if user.taste in world.tastes])
    roles: dict[str, str] = {}
    total = left = EMERGING_SHARE * world.params.events_per_night
    while left > 0:
        if followers and left > total / 2:
            user, role = followers.pop(), "follower"
        elif others and world.rng.random() < CONVERTS_AMONG_RECRUITS:
            user, role = others.pop(), "convert"
            user.taste, user.neighbour, user.converted = niche, None, day
        else:
            user, role = world.new_user(niche, day), "new"
        roles[user.user_id] = role
        left -= _session(world, user, day, MANY)
    return roles


def _usual(world: World, day: int, busy: set[str]) -> list[User]:
    """Fill the night up with returning users and a few new ones; return who was active."""
    begun = world.start + day * DAY
    returning = _shuffled(world, [user for user in world.users if user.user_id not in busy])
    left = world.params.events_per_night - sum(1 for *_, second, _ in world.events if second >= begun)
    active: list[User] = []
    while left >= USUAL[0]:
        if not returning or world.rng.random() < world.params.new_user_share:
            taste = world.tastes[int(world.rng.integers(len(world.tastes)))]
            user = world.new_user(taste, day)
        else:
            user = returning.pop()
        active.append(user)
        left -= _session(world, user, day, (USUAL[0], min(USUAL[1], left + 1)))
    return active


def _session(world: World, user: User, day: int, bounds: tuple[int, int]) -> int:
    n_events = int(world.rng.integers(*bounds))
    world.session(user, day, n_events)
    return n_events


def _shuffled(world: World, users: list[User]) -> list[User]:
    return [users[place] for place in world.rng.permutation(len(users))]
