"""What a snapshot needs to answer, in one folder: the registered model carries nothing else."""

import json
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from raie.backbones.files import backbone_digest
from raie.datastore.files import DATASTORE, ENTRIES
from raie.exceptions import MissingError, RefusedError
from raie.snapshots.digests import folder_digests
from raie.snapshots.geometry import ARRAYS, DOCUMENT
from raie.tracking.documents import Tagged

BACKBONE, REGIONS, ADAPTERS = "backbone", "regions", "adapters"
VOCABULARY = "histories/vocabulary.json"
PARAMS, IDENTITY = "params.json", "snapshot.json"
FETCHED = (BACKBONE, ADAPTERS, f"{REGIONS}/{ARRAYS}", f"{REGIONS}/{DOCUMENT}", VOCABULARY)
"""Of a snapshot's outputs; regions without their memory and pool, which serve the next night only, and of the
datastore its entries, but not whose they are."""


def write_bundle(repository: Path, tagged: Tagged, folder: Path) -> dict[str, str]:
    """Write the bundle of a tag into ``folder``, straight from DVC's cache or remote.

    Returns
    -------
    dict of str to str
        Who the snapshot is, as ``snapshot.json`` says it.

    Raises
    ------
    MissingError
        If neither the cache nor a remote holds an output, with the command to run.
    RefusedError
        If a file is not the one that the manifest names.
    """
    _fetch(repository, tagged, folder)
    _check(tagged, folder)
    identity = {**tagged.identity, "backbone": backbone_digest(folder / BACKBONE)}
    _write(folder / PARAMS, tagged.manifest["params"])
    _write(folder / IDENTITY, {**identity, "night": asdict(tagged.night)})
    return identity


def _fetch(repository: Path, tagged: Tagged, folder: Path) -> None:
    from dvc.api import DVCFileSystem  # who only reads a bundle needs no DVC
    from dvc_data.index import DataIndexDirError

    from raie.snapshots.remedy import how_to_fetch

    outputs = DVCFileSystem(str(repository), rev=tagged.tag)
    for name in (*FETCHED, *_entries(tagged)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            outputs.get(f"data/{name}", str(folder / name), recursive=True)
        except (FileNotFoundError, DataIndexDirError) as error:
            remedy = how_to_fetch(repository)
            raise MissingError(f"{tagged.tag}: data/{name} is not in the cache: {remedy}") from error


def _entries(tagged: Tagged) -> list[str]:
    files: dict[str, str] = tagged.manifest["artefacts"][REGIONS]
    return [f"{REGIONS}/{file}" for file in files if fnmatch(file, f"{DATASTORE}/*/{ENTRIES}")]


def _check(tagged: Tagged, folder: Path) -> None:
    artefacts = tagged.manifest["artefacts"]
    named = {f"{name}/{file}": digest for name in artefacts for file, digest in artefacts[name].items()}
    for file, digest in folder_digests(folder).items():
        if named.get(file) != digest:
            raise RefusedError(f"{tagged.tag}: data/{file} is not as its manifest says: restore the cache")


def _write(file: Path, document: dict[str, Any]) -> None:
    file.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
