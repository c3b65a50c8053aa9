"""What is expected of every delivered row."""

from raie.columns import FAULT, ITEM, RATING, TIMESTAMP, USER
from raie.gates.rules import between, present
from raie.gates.suites import Rule
from raie.interactions.table import day_start
from raie.params import InteractionGateParams

MAX_ID_LENGTH = 256
KEY = [USER, ITEM, TIMESTAMP]
"""What makes two interactions the same; a required value each."""

_CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"


def row_rules(params: InteractionGateParams) -> list[Rule]:
    """Return what is expected of every row alone, most telling reason first; ``as_of`` is a parameter."""
    low, high = params.min_rating, params.max_rating
    return [
        Rule("ExpectColumnValuesToBeNull", {"column": FAULT}, "could not be parsed", "correct it"),
        *(present(name, "is missing", "write a value or remove the row") for name in KEY),
        *_time_rules(params.earliest),
        between(
            RATING,
            low,
            high,
            f"is not between {low:g} and {high:g}",
            "correct it, or gates.interactions.min_rating and max_rating",
        ),
        *(rule for name in (USER, ITEM) for rule in _id_rules(name)),
    ]


def _time_rules(earliest: str) -> list[Rule]:
    return [
        between(TIMESTAMP, 0, None, "is negative", "write UTC seconds since 1970"),
        between(
            TIMESTAMP,
            day_start(earliest),
            None,
            f"lies before {earliest} (gates.interactions.earliest)",
            "write UTC seconds, or lower that bound",
        ),
        Rule(
            "ExpectColumnValuesToBeBetween",
            {"column": TIMESTAMP, "max_value": {"$PARAMETER": "as_of"}, "strict_max": True},
            "lies in the future",
            "write UTC seconds (not milliseconds), or run a later night",
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
