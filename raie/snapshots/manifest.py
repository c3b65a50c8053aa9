"""The manifest: everything a snapshot consists of, under one root hash."""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from raie.params import Params
from raie.snapshots.digests import document_digest, file_digest, folder_digests

LIBRARIES = ("torch", "transformers", "peft", "scikit-learn", "numpy", "pandas", "pyarrow")
OPERATIONAL = {"alarm", "tracking", "schedules", "notification", "retention", "items"}
"""Sections of the parameters that say when and how loudly a run happens, not what it makes."""


def build_manifest(
    *,
    night: Mapping[str, Any],
    params: Mapping[str, Any],
    folders: Mapping[str, Path],
    documents: Mapping[str, Any],
    lock_file: Path,
    ledger_head: str,
) -> dict[str, Any]:
    """List what a snapshot consists of.

    Parameters
    ----------
    night : mapping
        What the run was.
    params : mapping
        All parameters that shape it, seeds among them.
    folders : mapping of str to Path
        Artefacts by name; every file in them is digested.
    documents : mapping
        Results of all gates by name, metrics and training, taken over as they are.
    lock_file : Path
        The environment's pinned lock file.
    ledger_head : str
        Hash of the ledger's last entry.

    Returns
    -------
    dict
        The manifest, with ``root_hash`` over all the rest.
    """
    body = {
        "night": dict(night),
        "params": dict(params),
        "artefacts": {name: folder_digests(folder) for name, folder in sorted(folders.items())},
        **documents,
        "environment": {
            "lock_file": file_digest(lock_file),
            "machine": platform.machine(),
            "python": ".".join(platform.python_version_tuple()[:2]),
            **{name: version(name).split("+")[0] for name in LIBRARIES},
        },
        "ledger_head": ledger_head,
    }
    return {**body, "root_hash": document_digest(body)}


def shaping_params(params: Params) -> dict[str, Any]:
    """Parameters that a snapshot is a function of; read back, the other sections have their defaults."""
    return params.model_dump(exclude=OPERATIONAL)
