"""The state of the simulation and its elementary moves."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from raie.interactions.synthetic.tastes import Taste
from raie.params import SyntheticParams

DAY = 86_400
SECONDS_PER_EVENT = 150
"""A session of n events lasts n times this."""
STRAY_SHARE = 0.04
"""Share of events outside the user's tastes."""
BLEND_SHARE = 0.36
"""Share of the neighbouring taste that a blending user's last RECENT events settle at."""
RECENT = 20
CATCH_UP = 0.75
"""Chance of an event in the neighbouring taste while its share is below that."""
UNRATED_SHARE = 0.05
NICHE_USER_SHARE = 0.02
"""Share of Set-up's users who already follow a niche."""

Event = tuple[str, str, int, float]
"""User, item, UTC second, rating."""


@dataclass
class User:
    """One user: taste, neighbouring taste blended in (if any) and place in the walk of each taste."""

    user_id: str
    taste: Taste
    origin: str
    joined: int
    neighbour: Taste | None = None
    converted: int | None = None
    places: dict[str, str] = field(default_factory=dict)
    recent: deque[str] = field(default_factory=lambda: deque(maxlen=RECENT))
    """Tastes of the last events, oldest first."""

    def next_taste(self, rng: np.random.Generator) -> Taste:
        """Draw the taste to follow next: one's own, or while there is too little of it the neighbour's."""
        taste = self.taste
        if self.neighbour is not None:
            lacking = self.recent.count(self.neighbour.name) < BLEND_SHARE * (len(self.recent) + 1)
            taste = self.neighbour if rng.random() < CATCH_UP * lacking else self.taste
        self.recent.append(taste.name)
        return taste


@dataclass
class World:
    """Everything that changes while the population lives. Days are counted from the first of Set-up."""

    rng: np.random.Generator
    params: SyntheticParams
    start: int
    tastes: list[Taste] = field(default_factory=list)
    niches: list[Taste] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    items: list[tuple[str, str, int]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def new_item(self, taste: str, day: int) -> str:
        """Name a new item and note its taste and first day."""
        item = f"i{len(self.items) + 1:04d}"
        self.items.append((item, taste, day))
        return item

    def new_taste(self, name: str, n_items: int) -> Taste:
        """Make a taste of Set-up, its items in random order around the ring."""
        items = [self.new_item(name, 0) for _ in range(n_items)]
        ring = [items[place] for place in self.rng.permutation(n_items)]
        return Taste(name, ring, phase=float(self.rng.uniform(0, 2 * np.pi)))

    def new_user(self, taste: Taste, day: int) -> User:
        """Let a user join."""
        user = User(f"u{len(self.users) + 1:04d}", taste, origin=taste.name, joined=day)
        self.users.append(user)
        return user

    def session(self, user: User, day: int, n_events: int) -> None:
        """Let a user make some events within one day, at distinct seconds."""
        span = min(DAY, n_events * SECONDS_PER_EVENT)
        begin = self.start + day * DAY + int(self.rng.integers(DAY - span + 1))
        for second in np.sort(self.rng.choice(span, size=n_events, replace=False)):
            item, liked = self._next(user)
            self.events.append((user.user_id, item, begin + int(second), self._rating(liked)))

    def _next(self, user: User) -> tuple[str, bool]:
        if self.rng.random() < STRAY_SHARE:
            return self.tastes[int(self.rng.integers(len(self.tastes)))].popular_item(self.rng), False
        taste = user.next_taste(self.rng)
        item = taste.next_item(self.rng, user.places.get(taste.name))
        user.places[taste.name] = item
        return item, True

    def _rating(self, liked: bool) -> float:
        if self.rng.random() < UNRATED_SHARE:
            return float("nan")
        return float(self.rng.integers(3, 6) if liked else self.rng.integers(1, 5))


def settle(world: World, n_niches: int) -> None:
    """Live through Set-up: tastes, niches with a tiny share, and users with several sessions each."""
    params, rng = world.params, world.rng
    world.tastes.extend(world.new_taste(f"t{k + 1}", params.items_per_taste) for k in range(params.n_tastes))
    world.niches.extend(world.new_taste(f"n{k + 1}", params.niche_items) for k in range(n_niches))
    per_niche = max(1, round(NICHE_USER_SHARE * params.n_users))
    followed = [niche for niche in world.niches for _ in range(per_niche)]
    for k in range(params.n_users):
        taste = followed[k] if k < len(followed) else world.tastes[k % params.n_tastes]
        _live_through_setup(world, world.new_user(taste, 0), rng)


def _live_through_setup(world: World, user: User, rng: np.random.Generator) -> None:
    mean, days = world.params.events_per_user, world.params.setup_days
    n_events = int(rng.integers(max(4, mean // 2), mean + (mean + 1) // 2 + 1))
    n_sessions = min(days, max(1, n_events // 6))
    when = np.sort(rng.choice(days, size=n_sessions, replace=False))
    user.joined = int(when[0])
    for day, part in zip(when, np.array_split(np.arange(n_events), n_sessions), strict=True):
        world.session(user, int(day), len(part))
