"""JSON: every number of the table in full, and its words."""

import json

from raie.experiments.tables.sheet import Sheet

FORMAT = 1


def render(sheet: Sheet) -> str:
    """One document with the fields of the table, such as `raie.experiments.tables.rows.Table`.

    Equal tables give equal text.
    """
    words = {"format": FORMAT, "caption": sheet.caption, "differences": sheet.differences}
    return json.dumps(words | sheet.numbers, indent=2, allow_nan=False) + "\n"
