"""Adapters as they lie on disk, read without torch."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from raie.adapters.files import BASE, CONFIG, DOWN, FILES, PREFIX, UP, WEIGHTS
from raie.gates.layout import ADAPTERS
from raie.gates.reading import Tensors, read_json, read_tensors, readable


@dataclass(frozen=True)
class StoredAdapter:
    """One region's adapter.

    Attributes
    ----------
    rank : int
        r.
    scale : float
        alpha / r.
    targets : tuple of str
        Endings of the names of the layers that it sits on.
    state : dict of str to array
        Tensors under PEFT's names.
    base : str
        Digest of the backbone that it was made for, "" where it does not say.
    """

    rank: int
    scale: float
    targets: tuple[str, ...]
    state: Tensors
    base: str = ""

    @classmethod
    def load(cls, folder: Path, region_id: str) -> "StoredAdapter":
        """Read the adapter of a region that `folders_in` named."""
        place = f"{ADAPTERS}/{region_id}"
        config = read_json(folder / region_id / CONFIG, f"{place}/{CONFIG}")
        with readable(f"{place}/{CONFIG}"):
            rank, targets = int(config["r"]), tuple(map(str, config["target_modules"]))
            scale = float(config["lora_alpha"]) / rank if rank > 0 else float("nan")
            base = str(config.get(BASE) or "")
        tensors = read_tensors(folder / region_id / WEIGHTS, f"{place}/{WEIGHTS}")
        return cls(rank, scale, targets, tensors, base)


def folders_in(adapters: Path) -> dict[str, bool]:
    """Whatever lies where adapters are kept, by name, and whether it has both files of one."""
    with readable(ADAPTERS):
        found = [path for path in adapters.iterdir() if not path.name.startswith(".")]
        return {path.name: all((path / name).is_file() for name in FILES) for path in found}


def expected_shapes(weights: Tensors, targets: Iterable[str], rank: int) -> dict[str, tuple[int, ...]]:
    """Shapes of an adapter's tensors on the layers whose name ends in a target, as PEFT matches them."""
    endings = tuple(f".{target}.weight" for target in targets)
    shapes: dict[str, tuple[int, ...]] = {}
    for name, weight in weights.items():
        if weight.ndim == 2 and f".{name}".endswith(endings):
            layer = PREFIX + name.removesuffix(".weight")
            shapes[layer + DOWN], shapes[layer + UP] = (rank, weight.shape[1]), (weight.shape[0], rank)
    return shapes
