"""Slices of held-out windows, with losses planted in them."""

import numpy as np
import pytest

from raie.promotion.slice import Slice


def planted(generator, n, *, users=80, regions=4, changed=0.0, loss=0.0, recall=0.36):
    """Half of ``changed`` windows are won and half lost by chance; ``loss`` of all windows are lost besides.

    Users differ in taste and in how many windows they have, as they do in life.
    """
    share = generator.gamma(1.0, size=users)
    who = generator.choice(users, size=n, p=share / share.sum())
    own = np.clip(recall + generator.normal(0, 0.1, users)[who], 0.0, 1.0)
    champion = (generator.random(n) < own).astype(float)
    hit, drawn = champion == 1, generator.random(n)
    candidate = champion.copy()
    candidate[hit & (drawn < (changed / 2 + loss) / recall)] = 0.0
    candidate[~hit & (drawn < changed / 2 / (1 - recall))] = 1.0
    names = np.array([f"r{region + 1:04d}" for region in range(regions)])
    return Slice(champion, candidate, np.char.add("u", who.astype(str)), generator.choice(names, size=n))


@pytest.fixture
def plant():
    return planted
