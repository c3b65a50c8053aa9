"""The manifest: its root hash, and that it repeats what the tag's other files say."""

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from raie.proofs.link import Link
from raie.proofs.mismatch import expect
from raie.snapshots.digests import document_digest
from raie.snapshots.manifest import OPERATIONAL

DOCUMENTS = ("night", "metrics", "training")
REQUIREMENTS = "requirements.lock"


def check_manifest(link: Link) -> None:
    """Check a manifest against its root hash and against the files beside it in the tag.

    Raises
    ------
    MismatchError
    """
    manifest, tag = link.manifest, link.tag
    body = {key: value for key, value in manifest.items() if key != "root_hash"}
    expect(tag, "the hash of the manifest's content", manifest["root_hash"], document_digest(body))
    for name in DOCUMENTS:
        _same_document(link, f"data/{name}.json", manifest[name])
    gates = {
        path.stem: str(path) for path in map(PurePosixPath, link.files) if path.match("data/gates/*.json")
    }
    expect(tag, "the gates in the manifest", sorted(gates), sorted(manifest["gates"]))
    for name, path in gates.items():
        _same_document(link, path, manifest["gates"][name])
    locked = hashlib.sha256(link.text(REQUIREMENTS).encode()).hexdigest()
    expect(tag, f"{REQUIREMENTS} in the manifest", locked, manifest["environment"]["lock_file"])
    _check_params(tag, manifest["params"], dict(link.parsed("params.yaml") or {}))


def _same_document(link: Link, path: str, told: Any) -> None:
    digests = document_digest(link.document(path)), document_digest(told)
    expect(link.tag, f"what the manifest says of {path}", *digests)


def _check_params(tag: str, kept: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    """Compare what params.yaml writes; of the rest, the manifest holds that code's defaults."""
    for section, values in written.items():
        if section not in OPERATIONAL:
            _check_value(tag, section, kept.get(section), values)


def _check_value(tag: str, name: str, kept: Any, written: Any) -> None:
    if isinstance(written, Mapping) and isinstance(kept, Mapping):
        for key, value in written.items():
            _check_value(tag, f"{name}.{key}", kept.get(key), value)
    # the manifest holds values as they were read: 10 where "10" was written
    elif kept != written and str(kept) != str(written):
        expect(tag, f"{name} in params.yaml, by the manifest,", kept, written)
