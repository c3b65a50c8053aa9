"""What the archive answers: for each table its columns, what they are made of and in which order."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from raie.archive.frames import Column, count, document, flag, number, text, verdict, whole


@dataclass(frozen=True)
class Query:
    """Columns of an answer; SQL that gives them in that order, up to its ``WHERE``; what it is ordered by."""

    columns: Mapping[str, Column]
    source: str
    order: str
    fields: Mapping[str, str]

    def statement(self, condition: str = "1") -> str:
        """SQL with a condition."""
        fields = ", ".join(self.fields.get(name, f'"{name}"') for name in self.columns)
        return f"SELECT {fields} FROM {self.source} WHERE {condition} ORDER BY {self.order}"

    def only(self, names: Collection[str]) -> "Query":
        """Return the same of some of the columns alone."""
        return replace(self, columns={name: kind for name, kind in self.columns.items() if name in names})


_JOINED = "tag CROSS JOIN {} AS row ON row.tag = tag.number"
"""Tags in their order, then the rows within each by their key: SQLite need not sort."""
_IN_ORDER = "tag.position, tag.number"
_OF_TAG = {"snapshot": "tag.snapshot"}

SNAPSHOTS = Query(
    columns={
        "ref": text,
        "snapshot": text,
        "date": text,
        "kind": text,
        "generation": whole,
        "previous": text,
        "status": text,
        "n_regions": whole,
        "first_day": text,
        "last_day": text,
        "n_accepted": count,
        "n_refused": count,
        "k": count,
        "heldout_windows": count,
        "heldout_recall": number,
        "heldout_ndcg": number,
        "base_recall": number,
        "newest_recall": number,
        "forward_recall": number,
        "forward_base_recall": number,
        "root_hash": text,
        "ledger_head": text,
        "commit": text,
        "code_commit": text,
        "run": text,
    },
    source="tag",
    order="substr(snapshot, 1, 10), refused, position",
    fields={
        "status": "CASE WHEN refused THEN 'refused' WHEN position = "
        "(SELECT max(position) FROM tag WHERE NOT refused) THEN 'champion' ELSE 'earlier' END"
    },
)

EDITS = Query(
    columns={
        "snapshot": text,
        "date": text,
        "generation": whole,
        "position": whole,
        "event": text,
        "operation": text,
        "region": text,
        "parents": document,
        "n_sequences": whole,
        "retained": number,
        "weight": number,
        "radius": number,
        "angle_moved": number,
        "scores": document,
        "sequences_digest": text,
        "adapter_digest": text,
        "hash": text,
        "previous_hash": text,
    },
    source=_JOINED.format("edit"),
    order=f"{_IN_ORDER}, row.position",
    fields={
        **_OF_TAG,
        "date": "row.date",
        "generation": "row.generation",
        "position": "row.position",
    },
)

REGION_METRICS = Query(
    columns={
        "snapshot": text,
        "region": text,
        "part": text,
        "windows": count,
        "recall": number,
        "ndcg": number,
    },
    source=_JOINED.format("region_metric"),
    order=f"{_IN_ORDER}, region, part",
    fields=_OF_TAG,
)

TRAINING = Query(
    columns={
        "snapshot": text,
        "region": text,
        "trained": flag,
        "windows": count,
        "replayed": count,
        "steps": count,
        "first_loss": number,
        "last_loss": number,
        "norm_mean": number,
        "norm_max": number,
    },
    source=_JOINED.format("training"),
    order=f"{_IN_ORDER}, region",
    fields=_OF_TAG,
)

# a bare column beside one min or max comes from the row that holds it
_RECALL_OF = (
    "SELECT region AS of, recall, {}(tag.position) "
    "FROM region_metric AS row JOIN tag ON tag.number = row.tag "
    "WHERE part = 'setup_heldout' AND recall IS NOT NULL AND {{}} GROUP BY region"
)
TOTALS = (
    "SELECT region, sum(windows) FILTER (WHERE trained), first.recall, last.recall "
    "FROM training AS row JOIN tag ON tag.number = row.tag "
    f"LEFT JOIN ({_RECALL_OF.format('min')}) AS first ON first.of = region "
    f"LEFT JOIN ({_RECALL_OF.format('max')}) AS last ON last.of = region "
    "WHERE {} GROUP BY region ORDER BY region"
)
"""Of each region, under one condition thrice: as millions of rows they would take seconds to hand over."""
TOTAL_COLUMNS: Mapping[str, Column] = {
    "region": text,
    "trained": count,
    "recall_first": number,
    "recall_now": number,
}

GATES = Query(
    columns={"ref": text, "gate": text, "passed": verdict, "headline": text, "warnings": document},
    source=_JOINED.format("gate"),
    order=f"{_IN_ORDER}, gate",
    fields={},
)
