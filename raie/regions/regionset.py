"""The region set: what is known of every region, frozen."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raie.exceptions import MissingError, UsageError
from raie.regions.geometry import FloatArray
from raie.regions.vmf import concentration

PRIOR_WEIGHT = 1.0
"""Weight of evidence without direction that shrinks the concentration of regions with few members."""
_STATISTICS = ("resultants_", "counts_", "radii_")
_DERIVED = ("centers_", "concentrations_", "mixture_weights_")


@dataclass(frozen=True, eq=False)
class RegionSet:
    """Regions by index; the id is what stays.

    Built by `RegionSet.from_statistics` alone. Arrays are float64 and read-only.

    Attributes
    ----------
    ids : (K,) tuple of str
        "r0001" and on; never reused.
    parents : (K,) tuple of tuples of str
        Ids the region came from: the nearest region when it was added, regions merged into it, and at a
        retrain regions whose content it took.
    born : (K,) tuple of str
        Snapshot that first held its id.
    last_seen : (K,) tuple of str
        ISO date on which it last received a sequence.
    next_serial : int
        Serial number of the next new region.
    resultants_, counts_ : (K, d), (K,)
        Sum of the members' encodings and of their weights.
    radii_ : (K,)
        Radians.
    centers_, concentrations_, mixture_weights_ : (K, d), (K,), (K,)
        Follow from resultants and counts.
    """

    ids: tuple[str, ...]
    parents: tuple[tuple[str, ...], ...]
    born: tuple[str, ...]
    last_seen: tuple[str, ...]
    next_serial: int
    resultants_: FloatArray
    counts_: FloatArray
    radii_: FloatArray
    centers_: FloatArray
    concentrations_: FloatArray
    mixture_weights_: FloatArray

    @classmethod
    def from_statistics(
        cls,
        *,
        ids: tuple[str, ...],
        parents: tuple[tuple[str, ...], ...],
        born: tuple[str, ...],
        last_seen: tuple[str, ...],
        next_serial: int,
        resultants: FloatArray,
        counts: FloatArray,
        radii: FloatArray,
    ) -> "RegionSet":
        """Derive centers, concentrations and mixture weights; copy and freeze every array.

        Concentrations follow Banerjee et al. (2005) with r = |resultant| / (count + 1): one unit of
        evidence without direction, which keeps a region of a single member finite and fades with n.

        Raises
        ------
        UsageError
            If the parts differ in length, an id stands twice, or a statistic is out of range.
        """
        parts = (parents, born, last_seen, counts, radii, resultants)
        if any(len(part) != len(ids) for part in parts) or len(set(ids)) != len(ids):
            raise UsageError(f"{len(ids)} region ids {ids[:3]}: pass distinct ids, each with all its parts")
        lengths = np.linalg.norm(resultants, axis=1)
        _refuse_faults(ids, lengths, counts, radii)
        derived = {
            "centers_": resultants / lengths[:, None],
            "concentrations_": concentration(lengths / (counts + PRIOR_WEIGHT), dim=resultants.shape[1]),
            "mixture_weights_": counts / counts.sum() if len(ids) else counts,
        }
        given = {"resultants_": resultants, "counts_": counts, "radii_": radii}
        arrays = {name: _frozen(array) for name, array in {**given, **derived}.items()}
        return cls(ids, parents, born, last_seen, next_serial, **arrays)

    @classmethod
    def empty(cls, dim: int) -> "RegionSet":
        """Return a set without regions, from which folding edits starts."""
        nothing, vectors = np.empty(0), np.empty((0, dim))
        return cls.from_statistics(
            ids=(),
            parents=(),
            born=(),
            last_seen=(),
            next_serial=1,
            resultants=vectors,
            counts=nothing,
            radii=nothing,
        )

    @classmethod
    def from_parts(cls, arrays: Mapping[str, NDArray[Any]], document: Mapping[str, Any]) -> "RegionSet":
        """Rebuild a set from `to_arrays` and `to_document`; what is derived is derived again.

        Raises
        ------
        UsageError
            If a part is missing or the parts do not fit together.
        """
        try:
            regions = document["regions"]
            resultants, counts, radii = (np.asarray(arrays[name], np.float64) for name in _STATISTICS)
            return cls.from_statistics(
                ids=tuple(region["id"] for region in regions),
                parents=tuple(tuple(region["parents"]) for region in regions),
                born=tuple(region["born"] for region in regions),
                last_seen=tuple(region["last_seen"] for region in regions),
                next_serial=int(document["next_serial"]),
                resultants=resultants,
                counts=counts,
                radii=radii,
            )
        except KeyError as error:
            raise UsageError(f"a stored region set lacks {error}: restore its snapshot") from error

    def to_arrays(self) -> dict[str, FloatArray]:
        """Every array by its name, derived ones too, for readers of the file."""
        return {name: getattr(self, name) for name in _STATISTICS + _DERIVED}

    def to_document(self) -> dict[str, Any]:
        """Everything that is no array, ready for JSON."""
        columns = zip(self.ids, self.parents, self.born, self.last_seen, strict=True)
        regions = [
            {"id": id_, "parents": list(parents), "born": born, "last_seen": last_seen}
            for id_, parents, born, last_seen in columns
        ]
        return {"next_serial": self.next_serial, "regions": regions}

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def dim(self) -> int:
        """d, the length of a center."""
        return int(self.resultants_.shape[1])

    def index(self, region_id: str) -> int:
        """Row of a region.

        Raises
        ------
        MissingError
            If no region has this id.
        """
        if region_id not in self.ids:
            raise MissingError(f"no region '{region_id}': the set holds {', '.join(self.ids) or 'none'}")
        return self.ids.index(region_id)


def region_id(serial: int) -> str:
    """Return the id of the region with this serial number."""
    return f"r{serial:04d}"


def region_digest(regions: RegionSet, region_id: str) -> str:
    """Sha256 (hex) of a region's center and radius as little-endian float64."""
    row = regions.index(region_id)
    content = np.append(regions.centers_[row], regions.radii_[row]).astype("<f8").tobytes()
    return hashlib.sha256(content).hexdigest()


def _refuse_faults(ids: tuple[str, ...], lengths: FloatArray, counts: FloatArray, radii: FloatArray) -> None:
    good = (lengths > 0) & np.isfinite(lengths) & (counts > 0) & np.isfinite(counts)
    good &= (radii >= 0) & (radii <= np.pi)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise UsageError(
            f"region {ids[row]} has count {counts[row]:.6g}, resultant length {lengths[row]:.6g}, radius "
            f"{radii[row]:.6g}: counts and lengths must be positive, radii lie in [0, pi]"
        )


def _frozen(array: FloatArray) -> FloatArray:
    copy = np.array(array, dtype=np.float64, order="C")
    copy.setflags(write=False)
    return copy
