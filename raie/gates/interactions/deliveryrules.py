"""What is expected of a delivery as a whole, measured over the rows that stand: one row of numbers."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from raie.columns import ITEM, USER
from raie.gates.rules import Severity, between
from raie.gates.suites import Rule
from raie.interactions.recent import Recent
from raie.params import InteractionGateParams

ACCEPTED = "accepted"
VOLUME = "volume_ratio"
DUPLICATES = "duplicate_share"
UNSEEN_USERS = "unseen_user_share"
UNSEEN_ITEMS = "unseen_item_share"


def measure(accepted: pd.DataFrame, *, duplicates: int, recent: Recent | None, days: int) -> dict[str, float]:
    """Measure a delivery; no value is ever NaN, which would pass every bound.

    Parameters
    ----------
    accepted : DataFrame
        user_id and item_id of the rows that stand.
    duplicates : int
        Rows dropped because they were there already.
    recent : Recent or None
        What to compare with; None leaves out what needs it.
    days : int
        Days that the delivery is meant to cover.

    Returns
    -------
    dict
        accepted (rows), duplicate_share, and of the recent past volume_ratio (rows per day over its median),
        unseen_user_share and unseen_item_share (distinct ones, not seen in its days).
    """
    rows = len(accepted)
    measured = {ACCEPTED: float(rows), DUPLICATES: duplicates / max(1, rows + duplicates)}
    if recent is not None:
        measured[VOLUME] = rows / days / recent.rows_per_day
        measured[UNSEEN_USERS] = _unseen(accepted[USER], recent.users)
        measured[UNSEEN_ITEMS] = _unseen(accepted[ITEM], recent.items)
    return measured


def delivery_rules(params: InteractionGateParams, recent: Recent | None) -> list[Rule]:
    """Return what is expected of the measurements; a critical one refuses everything that was delivered."""
    rules = [
        between(
            ACCEPTED,
            params.min_rows,
            None,
            f"lies below {params.min_rows}, the rows that this run needs",
            "send more, or lower gates.interactions.min_rows",
        ),
        _at_most(DUPLICATES, "warn_duplicate_share", params, "of what stands", "see what sends them"),
    ]
    return rules if recent is None else rules + _recent_rules(params, recent.days)


def tell(rule: Rule, measured: Mapping[str, float]) -> str:
    """Return one line about a rule that failed: the value, what is wrong with it, the remedy."""
    column = rule.arguments["column"]
    return f"{column} = {measured[column]:.4g} {rule.reason}; {rule.remedy}"


def _recent_rules(params: InteractionGateParams, days: int) -> list[Rule]:
    compared = f"rows per day over the median of the last {days} days"
    unseen, check = f"not seen in the last {days} days", "see whether ids changed"
    return [
        _at_most(VOLUME, "max_volume_ratio", params, compared, "deliver it in parts, or raise that bound"),
        between(
            VOLUME,
            params.warn_volume_ratio,
            None,
            f"lies below gates.interactions.warn_volume_ratio = {params.warn_volume_ratio:g} ({compared})",
            "see whether a file is missing",
            severity="warning",
        ),
        _at_most(UNSEEN_USERS, "warn_unseen_user_share", params, unseen, check),
        _at_most(UNSEEN_ITEMS, "warn_unseen_item_share", params, unseen, check),
    ]


def _at_most(column: str, key: str, params: InteractionGateParams, what: str, remedy: str) -> Rule:
    bound = getattr(params, key)
    severity: Severity = "warning" if key.startswith("warn_") else "critical"
    reason = f"exceeds gates.interactions.{key} = {bound:g} ({what})"
    return between(column, None, bound, reason, remedy, severity=severity)


def _unseen(ids: pd.Series, seen: pd.Index) -> float:
    distinct = pd.Index(ids.unique())
    return float(np.mean(~distinct.isin(seen))) if len(distinct) else 0.0
