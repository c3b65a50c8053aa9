"""The gate on incoming interactions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import FAULT, FILE, ITEM, LINE, RATING, TIMESTAMP, USER
from raie.gates.suites import Outcome, Rule, run_suite
from raie.gates.verdict import REFUSAL, Verdict
from raie.interactions.faults import Fault
from raie.interactions.table import day_start
from raie.params import GateParams

MAX_ID_LENGTH = 256
REPEATED = "repeated"
KNOWN = "known"
KEY = [USER, ITEM, TIMESTAMP]
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"


def judge_interactions(
    staged: pd.DataFrame, *, known: pd.DataFrame | None, as_of: int, params: GateParams
) -> Verdict:
    """Judge a batch of staged interactions, row by row and as a whole.

    Rows are first judged one by one; those that stand are then judged against each other (of equal
    interactions the first is kept) and against those accepted earlier.

    Parameters
    ----------
    staged : DataFrame
        Rows as ``raie.interactions.readers.read_staged`` returns them, files one after another.
    known : DataFrame or None
        Interactions accepted earlier on the days that ``staged`` touches: user_id, item_id, timestamp.
    as_of : int
        UTC seconds, exclusive upper bound of timestamps.
    params : GateParams
        Thresholds.

    Returns
    -------
    Verdict
        The first rule that a row fails gives the reason of its refusal.

    Raises
    ------
    UsageError
        If ``params.earliest`` is not a date.
    RefusedError
        If an expectation could not be evaluated.
    """
    # Great Expectations compares plain numbers; nullable integers below 2**53 are exact as floats.
    frame = staged.reset_index(drop=True).astype({TIMESTAMP: "Float64", RATING: "Float64"})
    frame = frame.astype({TIMESTAMP: "float64", RATING: "float64"})
    outcomes = run_suite("interaction_rows", row_rules(params), frame, {"as_of": as_of})
    standing = _standing(len(frame), outcomes)
    sound = frame.loc[standing, KEY]
    summary = sound.assign(**{REPEATED: sound.duplicated(keep="first"), KNOWN: _is_known(sound, known)})
    for outcome in run_suite("interaction_batch", batch_rules(params), summary, {}):
        outcomes.append(Outcome(outcome.rule, np.flatnonzero(standing)[outcome.failed], outcome.record))
    return Verdict(
        accepted=_standing(len(frame), outcomes),
        refusals=_refusals(staged, outcomes),
        expectations=tuple(outcome.record for outcome in outcomes),
        min_rows=params.min_rows,
        max_refused_share=params.max_refused_share,
        as_of=as_of,
    )


def row_rules(params: GateParams) -> list[Rule]:
    """Return what is expected of every row alone, most telling reason first; ``as_of`` is a parameter."""
    between, when = "ExpectColumnValuesToBeBetween", {"column": TIMESTAMP}
    rules = [Rule("ExpectColumnValuesToBeNull", {"column": FAULT}, "could not be parsed", "correct it")]
    rules += [
        Rule(
            "ExpectColumnValuesToNotBeNull", {"column": name}, "is missing", "write a value or remove the row"
        )
        for name in KEY
    ]
    rules += [
        Rule(between, {**when, "min_value": 0}, "is negative", "write UTC seconds since 1970"),
        Rule(
            between,
            {**when, "min_value": day_start(params.earliest)},
            f"lies before {params.earliest} (gates.earliest)",
            "write UTC seconds, or lower that bound",
        ),
        Rule(
            between,
            {**when, "max_value": {"$PARAMETER": "as_of"}, "strict_max": True},
            "lies in the future",
            "write UTC seconds (not milliseconds), or run a later night",
        ),
        Rule(
            between,
            {"column": RATING, "min_value": params.min_rating, "max_value": params.max_rating},
            f"is not between {params.min_rating:g} and {params.max_rating:g}",
            "correct it, or gates.min_rating and gates.max_rating",
        ),
    ]
    for name in (USER, ITEM):
        rules += _id_rules(name)
    return rules


def batch_rules(params: GateParams) -> list[Rule]:
    """Return what is expected of rows that stand alone, as a batch."""
    is_new = "ExpectColumnValuesToBeInSet"
    return [
        Rule(
            is_new,
            {"column": REPEATED, "value_set": [False]},
            "repeats an earlier row",
            "send each interaction once",
            shows=TIMESTAMP,
        ),
        Rule(
            is_new,
            {"column": KNOWN, "value_set": [False]},
            "was accepted before",
            "send each interaction once",
            shows=TIMESTAMP,
        ),
        Rule(
            "ExpectTableRowCountToBeBetween",
            {"min_value": params.min_rows},
            "too few rows",
            "send more rows, or lower gates.min_rows",
        ),
    ]


def _id_rules(name: str) -> list[Rule]:
    lengths = "ExpectColumnValueLengthsToBeBetween"
    return [
        Rule(lengths, {"column": name, "min_value": 1}, "is empty", "write an id"),
        Rule(
            lengths,
            {"column": name, "max_value": MAX_ID_LENGTH},
            f"is longer than {MAX_ID_LENGTH} characters",
            "write a shorter id",
        ),
        Rule(
            "ExpectColumnValuesToNotMatchRegex",
            {"column": name, "regex": _CONTROL},
            "holds control characters",
            "remove them",
        ),
    ]


def _standing(n_rows: int, outcomes: Sequence[Outcome]) -> NDArray[np.bool_]:
    standing = np.ones(n_rows, dtype=np.bool_)
    for outcome in outcomes:
        standing[outcome.failed] = False
    return standing


def _is_known(sound: pd.DataFrame, known: pd.DataFrame | None) -> NDArray[np.bool_]:
    if known is None or not len(known) or not len(sound):
        return np.zeros(len(sound), dtype=np.bool_)
    earlier = pd.MultiIndex.from_frame(known[KEY].astype({TIMESTAMP: "float64"}))
    return np.asarray(pd.MultiIndex.from_frame(sound[KEY]).isin(earlier), dtype=np.bool_)


def _refusals(staged: pd.DataFrame, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    told = np.zeros(len(staged), dtype=np.bool_)
    parts = [pd.DataFrame(columns=list(REFUSAL))]
    for outcome in outcomes:
        places = outcome.failed[~told[outcome.failed]]
        told[places] = True
        if len(places):
            parts.append(_refused(staged.iloc[places], outcome.rule))
    return pd.concat(parts[1:] or parts).sort_values([FILE, LINE], kind="stable", ignore_index=True)


def _refused(rows: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    told: list[tuple[str, str | None, str, str]]
    if rule.arguments.get("column") == FAULT:
        faults = [Fault.parse(str(sentence)) for sentence in rows[FAULT]]
        told = [(fault.column, fault.value, fault.reason, fault.remedy) for fault in faults]
    else:
        column = rule.shows or str(rule.arguments["column"])
        told = [(column, _written(value), rule.reason, rule.remedy) for value in rows[column]]
    refused = pd.DataFrame(told, columns=list(REFUSAL[2:]))
    refused.insert(0, FILE, rows[FILE].to_numpy())
    refused.insert(1, LINE, rows[LINE].to_numpy())
    return refused.astype({"value": "str"})


def _written(value: object) -> str | None:
    if pd.isna(value):
        return None
    return f"{value:g}" if isinstance(value, float) else str(value)
