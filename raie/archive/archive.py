"""The archive: what all tags say, without walking them each time.

It answers from an index under ``.raie``, which every opening brings up to date. Checked on the way is that
the ledger's entries form one chain; whether the artefacts are what the manifests list, the proofs say.
"""

import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from raie.archive.frames import frame
from raie.archive.index import open_index, rebuilt_index
from raie.archive.queries import (
    EDITS,
    GATES,
    REGION_METRICS,
    SNAPSHOTS,
    TOTAL_COLUMNS,
    TOTALS,
    TRAINING,
    Query,
)
from raie.archive.witness import read_witness
from raie.snapshots.tags import checked_id, order_of

_NAMES_REGION = "(region = ? OR EXISTS (SELECT 1 FROM json_each(row.parents) WHERE value = ?))"
_Arguments = Sequence[str]


class Archive:
    """All snapshots and refused candidates of a repository; made by `open_archive`."""

    def __init__(self, repository: Path, index: sqlite3.Connection) -> None:
        self._repository = repository
        self._index = index

    def snapshots(self) -> pd.DataFrame:
        """One row per tag in the order of the chain, candidates after the snapshots of their date.

        Returns
        -------
        DataFrame
            ref, snapshot (the id), date, kind, generation, previous (id or None), status (``champion``,
            ``earlier`` or ``refused``), n_regions, first_day, last_day (of the raw data), n_accepted,
            n_refused (rows delivered), k, heldout_windows, heldout_recall, heldout_ndcg, base_recall (on
            held-out Set-up, at k), newest_recall (newest slice), forward_recall, forward_base_recall (the
            champion on what arrived), root_hash, ledger_head, commit, code_commit, run.
        """
        return self._frame(SNAPSHOTS)

    def edits(
        self, region: str | None = None, as_of: str | None = None, *, columns: Collection[str] | None = None
    ) -> pd.DataFrame:
        """One row per ledger entry of the snapshots, in order.

        Parameters
        ----------
        region : str, optional
            Only entries that name it, as subject or as parent.
        as_of : str, optional
            Only those up to this snapshot.
        columns : collection of str, optional
            Only these, which is quicker.

        Returns
        -------
        DataFrame
            snapshot, date, generation, position (from 1, within its run), event, operation, region, parents
            (list of str), n_sequences, retained, weight, radius, angle_moved (radians, NaN where nothing
            moved), scores (dict), sequences_digest, adapter_digest, hash, previous_hash.
        """
        conditions = [self._until(as_of)]
        if region is not None:
            conditions.append((_NAMES_REGION, [region, region]))
        return self._frame(EDITS if columns is None else EDITS.only(columns), *conditions)

    def region_metrics(self, as_of: str | None = None, *, region: str | None = None) -> pd.DataFrame:
        """One row per snapshot, region (or one alone) and part of the metrics.

        Returns
        -------
        DataFrame
            snapshot, region, part (setup_heldout, newest_heldout or forward), windows, recall, ndcg.
        """
        return self._frame(REGION_METRICS, self._until(as_of), *_of_region(region))

    def training(self, as_of: str | None = None, *, region: str | None = None) -> pd.DataFrame:
        """One row per snapshot and region, or one region alone.

        Returns
        -------
        DataFrame
            snapshot, region, trained, windows, replayed, steps, first_loss, last_loss, norm_mean, norm_max.
        """
        return self._frame(TRAINING, self._until(as_of), *_of_region(region))

    def region_totals(self, as_of: str | None = None) -> pd.DataFrame:
        """One row per region that ever had an adapter.

        Returns
        -------
        DataFrame
            region, trained (windows its adapter learnt from, replayed ones left out), recall_first,
            recall_now (the first and the last on held-out Set-up, NaN where none of it was the region's).
        """
        condition, arguments = self._until(as_of)
        rows = self._rows(TOTALS.format(*[condition] * 3), [*arguments] * 3)
        return frame(rows, TOTAL_COLUMNS)

    def gates(self, ref: str | None = None) -> pd.DataFrame:
        """One row per gate of one tag or of all, candidates last.

        Returns
        -------
        DataFrame
            ref, gate, passed (None where it did not judge), headline, warnings (list of str).
        """
        return self._frame(GATES, *([] if ref is None else [("tag.ref = ?", [ref])]))

    def manifest(self, ref: str) -> dict[str, Any]:
        """Manifest of a tag, read from git."""
        from raie.snapshots.history import manifest_of  # brings SciPy along, which the tables do not need

        return manifest_of(self._repository, ref)

    def witness(self) -> dict[str, str]:
        """Commit of each snapshot's tag when it was first seen in this repository, by id."""
        return read_witness(self._repository)

    def operations(self, ref: str) -> dict[str, int]:
        """Number of edits of a tag's own run, by operation, candidates included."""
        query = (
            "SELECT operation, count(*) FROM edit JOIN tag ON tag.number = edit.tag WHERE ref = ? "
            "GROUP BY operation ORDER BY min(edit.position)"
        )
        return {str(name): int(times) for name, times in self._rows(query, [ref])}

    def _until(self, as_of: str | None) -> tuple[str, _Arguments]:
        """Condition for snapshots up to ``as_of``; an id that was never tagged parts those around it."""
        if as_of is None:
            return "NOT tag.refused", []
        limit = order_of(checked_id(as_of))
        known = self._rows("SELECT snapshot FROM tag WHERE NOT refused")
        last = sum(order_of(snapshot) <= limit for (snapshot,) in known)
        return f"NOT tag.refused AND tag.position < {last}", []

    def _frame(self, query: Query, *conditions: tuple[str, _Arguments]) -> pd.DataFrame:
        where = " AND ".join(text for text, _ in conditions) or "1"
        arguments = [value for _, values in conditions for value in values]
        return frame(self._rows(query.statement(where), arguments), query.columns)

    def _rows(self, statement: str, arguments: _Arguments = ()) -> list[tuple[Any, ...]]:
        try:
            return self._index.execute(statement, arguments).fetchall()
        except sqlite3.DatabaseError:
            # damage shows only where it is read
            self._index.close()
            self._index = rebuilt_index(self._repository)
            return self._index.execute(statement, arguments).fetchall()


def _of_region(region: str | None) -> list[tuple[str, _Arguments]]:
    return [] if region is None else [("region = ?", [region])]


def open_archive(repository: Path) -> Archive:
    """Open the archive as of the tags there are now; quick when none is new.

    Parameters
    ----------
    repository : Path
        Root of the operator's checkout.

    Raises
    ------
    RefusedError
        If the ledger's chain is broken, naming the entry.
    """
    return Archive(repository, open_index(repository))
