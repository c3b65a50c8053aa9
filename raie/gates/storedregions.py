"""A region set as it lies on disk."""

from dataclasses import dataclass
from pathlib import Path

from raie.gates.layout import REGIONS
from raie.gates.reading import Tensors, read_json, read_tensors, readable
from raie.snapshots.geometry import ARRAYS, DOCUMENT

VECTORS = ("centers_", "resultants_")
NUMBERS = ("radii_", "counts_", "concentrations_", "mixture_weights_")


@dataclass(frozen=True)
class StoredRegions:
    """Every array as it was written: `load_regions` would derive some afresh."""

    ids: tuple[str, ...]
    next_serial: int
    arrays: Tensors

    @classmethod
    def load(cls, folder: Path) -> "StoredRegions":
        """Read both files of a region set."""
        arrays = read_tensors(folder / ARRAYS, f"{REGIONS}/{ARRAYS}")
        document = read_json(folder / DOCUMENT, f"{REGIONS}/{DOCUMENT}")
        with readable(REGIONS):
            ids = tuple(str(region["id"]) for region in document["regions"])
            kept = {name: arrays[name] for name in (*VECTORS, *NUMBERS)}
            return cls(ids, int(document["next_serial"]), kept)
