"""JSON: every number of the table in full, and its words."""

import json
from dataclasses import asdict

from raie.experiments.tables.caption import caption
from raie.experiments.tables.differences import lines_of
from raie.experiments.tables.rows import Table

FORMAT = 1


def render(table: Table) -> str:
    """One document with the fields of `raie.experiments.tables.rows.Table`; equal tables give equal text."""
    document = {
        "format": FORMAT,
        "caption": caption(table),
        "differences": lines_of(table),
        **asdict(table),
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"
