"""All that windows tell of: each event of theirs is what came next once."""

import numpy as np
import pandas as pd

from raie.sequences.events import Events
from raie.sequences.vocabulary import PAD
from raie.sequences.windows import Windows, production_windows

_USER, _ITEM, _TIME = "user", "item", "time"


def every_event(windows: Windows) -> Windows:
    """Cut a window for each event that labels and histories hold, once, from the first label's second on.

    Its history is what the windows hold of the user's events before it, at most L and at least one.
    """
    length, events = windows.histories.shape[1], _events(windows)
    since = windows.label_times.min(initial=np.iinfo(np.int64).max)
    return production_windows(events, events.times >= since, length=length, min_history=1)


def _events(windows: Windows) -> Events:
    items = np.column_stack([windows.histories, windows.next_items]).ravel()
    times = np.column_stack([windows.history_times, windows.label_times]).ravel()
    users = np.repeat(windows.user_ids.astype(object), windows.histories.shape[1] + 1)
    told = pd.DataFrame({_USER: users, _ITEM: items, _TIME: times})
    told = told[told[_ITEM] != PAD].drop_duplicates().sort_values(_TIME, kind="stable")
    return Events(*(told[name].to_numpy() for name in (_USER, _ITEM, _TIME)))
