"""Everything the index keeps of one tag, read from git."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import from_json

from raie.archive.documents import Document, Row, gate_rows, metric_rows, tag_row, training_rows
from raie.archive.entries import read_ledger
from raie.exceptions import RefusedError
from raie.snapshots.history import LEDGER, MANIFEST, METRICS
from raie.snapshots.objects import read_blobs

ADVICE = "run raie snapshot verify"
_WANTED = (MANIFEST, METRICS, LEDGER)


@dataclass(frozen=True)
class TagRows:
    """A tag's own row, and the rows within it by table."""

    tag: Row
    within: dict[str, list[Row]]


def read_tags(repository: Path, commits: dict[str, str]) -> Iterator[TagRows]:
    """Read tags, given by name with their commits, in one pass of git.

    Raises
    ------
    RefusedError
        Naming the tag, and the document or the ledger entry that cannot be what the run wrote.
    """
    names = (f"{commit}:{path}" for commit in commits.values() for path in _WANTED)
    blobs = read_blobs(repository, names)
    for (ref, commit), manifest, metrics, ledger in zip(commits.items(), blobs, blobs, blobs, strict=True):
        try:
            yield _rows(ref, commit, _manifest(manifest, metrics), (ledger or b"").decode())
        except RefusedError as error:
            raise RefusedError(f"{ref}: {error}: {ADVICE}") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise RefusedError(f"{ref}: a document is not as the run wrote it ({error}): {ADVICE}") from error


def _manifest(manifest: bytes | None, metrics: bytes | None) -> Document:
    """Manifest of a tag; metrics that are not part of it lie beside it."""
    if manifest is None:
        raise RefusedError(f"holds no {MANIFEST}")
    document: Document = dict(from_json(manifest))
    if "metrics" not in document and metrics is not None:
        document["metrics"] = from_json(metrics)
    return document


def _rows(ref: str, commit: str, manifest: Document, ledger_text: str) -> TagRows:
    ledger = read_ledger(ledger_text, manifest)
    tag = tag_row(ref, commit, manifest) | {"follows": ledger.follows, "ends": ledger.ends}
    return TagRows(
        tag,
        {
            "edit": ledger.rows,
            "region_metric": metric_rows(manifest),
            "training": training_rows(manifest),
            "gate": gate_rows(manifest),
        },
    )
