"""RAIE with one thing changed at a time, as `raie@setting=value`; several changes follow each other.

All else is as trials chose it for RAIE itself.
"""

import re
from dataclasses import replace

from raie.exceptions import UsageError
from raie.methods.contract import Method

SIGN = "@"
WHOLE, NUMBER = re.compile(r"[0-9]{1,9}"), re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?(e-?[0-9]{1,2})?")
"""A name is a folder's, so nothing else is let in."""
ABLATIONS = (
    "raie@n_regions=3",
    "raie@n_regions=16",
    "raie@shared_rank=0@own_rank=24@own_pace=1",
    "raie@shared_rank=24@own_rank=0",
    "raie@shared_rank=8@own_rank=2",
    "raie@own_pace=1",
    "raie@shared_first=1",
    "raie@item_rate=0",
    "raie@habits=0",
    "raie@memory=0",
    "raie@reach=2",
    "raie@state_share=0",
    "raie@every_event=0",
    "raie@replay_share=0.3",
    "raie@every_place=0.5",
    "raie@mixed=1",
    "raie@fall_back=1",
    "raie@use_radius=0",
    "raie@expansion=0@min_posterior_margin=0",
    "raie@expansion=0.5",
    "raie@min_posterior_margin=0.3",
    "raie@min_pool_size=999999999",
    "raie@merge_angle=0",
    "raie@edits=0",
)
"""Number of regions, ranks, what is shared, what learns, where the loss is taken, routing, the radius,
thresholds, each edit off in turn.

Without Expand (a margin and a ring of no width), without Add (a pool that is never full), without Merge (no
two centers are close enough), without any edit.
"""


def variant(method: Method, name: str) -> Method:
    """Return the method with the changes that its name tells.

    Raises
    ------
    UsageError
        If the method has no such setting, or a value is of another kind than the setting's.
    """
    changes = dict(_change(name, each, method) for each in name.split(SIGN)[1:])
    return replace(method, name=name, varies=method.name, changes=changes)


def _change(name: str, text: str, method: Method) -> tuple[str, float | int]:
    setting, _, value = text.partition("=")
    method.settings({setting: 0})  # refuses what does not exist
    whole = isinstance(method.grid[0][setting], int)
    if not (WHOLE if whole else NUMBER).fullmatch(value):
        raise UsageError(f"{name}: {setting} takes a {'whole ' * whole}number, not '{value}'")
    return setting, int(value) if whole else float(value)
