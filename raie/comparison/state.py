"""One of the two snapshots: its documents, its regions, and where its files lie."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from raie.regions.regionset import RegionSet
from raie.snapshots.cached import files_of
from raie.snapshots.geometry import ARRAYS, DOCUMENT
from raie.snapshots.history import manifest_of, metrics_of
from raie.snapshots.ids import CANDIDATE_PREFIX, PREFIX
from raie.snapshots.tags import ref_of


@dataclass(frozen=True)
class State:
    """A snapshot or a candidate, as far as a comparison needs it.

    Attributes
    ----------
    repository : Path
    name : str
        Id of a snapshot, tag of a candidate.
    manifest, metrics : dict
    regions : RegionSet
    """

    repository: Path
    name: str
    manifest: dict[str, Any]
    metrics: dict[str, Any]
    regions: RegionSet

    @property
    def generation(self) -> int:
        """Regions of one generation lie in the same space."""
        return int(self.manifest["night"].get("generation", 1))

    @property
    def refused(self) -> bool:
        """Whether it is a candidate."""
        return self.name.startswith(CANDIDATE_PREFIX)

    @property
    def previous(self) -> str | None:
        """Id of the snapshot it started from."""
        previous = self.manifest["night"]["previous"]
        return None if previous is None else str(previous)

    def files(self, paths: Iterable[str]) -> dict[str, Path]:
        """Where files of its outputs lie, fetched if need be; never write to one."""
        return files_of(self.repository, self.name, *paths)


def read_state(repository: Path, name: str) -> State:
    """Read a snapshot or candidate by its id or tag.

    Raises
    ------
    MissingError
        If there is none, or its regions are neither in the cache nor in a remote.
    """
    known = ref_of(repository, name).removeprefix(PREFIX)
    arrays, document = (f"data/regions/{file}" for file in (ARRAYS, DOCUMENT))
    files = files_of(repository, known, arrays, document)
    text = files[document].read_text(encoding="utf-8")
    regions = RegionSet.from_parts(load_file(files[arrays]), json.loads(text))
    return State(repository, known, manifest_of(repository, known), metrics_of(repository, known), regions)
