"""All that windows tell of: each event of theirs is what came next once."""

import numpy as np
import pandas as pd

from raie.sequences.vocabulary import PAD
from raie.sequences.windows import Windows


def every_event(windows: Windows) -> Windows:
    """Cut a window for each event that labels and histories hold, once, from the first label's second on.

    A window tells of an event by what stands before it, those of its own second left out; of several that
    tell of the same event the longest counts. So nothing but its own windows decides what an event is told
    by, and no label enters a history in which it did not stand.

    Returns
    -------
    Windows
        In time order, each with at least one event in its history.
    """
    items = np.column_stack([windows.histories, windows.next_items])
    times = np.column_stack([windows.history_times, windows.label_times])
    since = windows.label_times.min(initial=np.iinfo(np.int64).max)
    # padding has time 0: it stands before everything, and is no event
    before = np.stack([(times < each[:, None]).sum(axis=1) for each in times.T], axis=1)
    known = before - (windows.histories == PAD).sum(axis=1)[:, None]
    rows, places = np.nonzero((items != PAD) & (times >= since) & (known > 0))
    rows, places = _once(windows, items, times, known, rows, places)
    return _cut(windows, items, times, before[rows, places], rows, places)


def _once(
    windows: Windows,
    items: np.ndarray,
    times: np.ndarray,
    known: np.ndarray,
    rows: np.ndarray,
    places: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Of places that tell of the same event keep the one before which most is known; in time order."""
    users, _ = pd.factorize(windows.user_ids.astype(object))
    told = pd.DataFrame(
        {"user": users[rows], "time": times[rows, places], "item": items[rows, places]}
        | {"known": known[rows, places], "row": rows, "place": places}
    )
    told = told.sort_values("known", ascending=False, kind="stable").drop_duplicates(["user", "time", "item"])
    told = told.sort_values(["time", "row", "place"])
    return told["row"].to_numpy(), told["place"].to_numpy()


def _cut(
    windows: Windows,
    items: np.ndarray,
    times: np.ndarray,
    ends: np.ndarray,
    rows: np.ndarray,
    places: np.ndarray,
) -> Windows:
    """Windows of the events at ``places``, each with what stands before ``ends`` in its row."""
    length = windows.histories.shape[1]
    wanted = ends[:, None] - length + np.arange(length)
    at = np.maximum(wanted, 0)
    histories, history_times = (
        np.where(wanted >= 0, np.take_along_axis(each[rows], at, axis=1), 0) for each in (items, times)
    )
    return Windows(
        windows.user_ids[rows],
        histories.astype(windows.histories.dtype),
        history_times,
        items[rows, places].astype(windows.next_items.dtype),
        times[rows, places],
    )
