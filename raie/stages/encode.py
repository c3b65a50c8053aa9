"""Encode tonight's and the held-out windows with the frozen backbone."""

from pathlib import Path

import numpy as np

from raie.backbones.device import fix_threads, pick_device
from raie.backbones.store import load_backbone
from raie.encodings.encode import encode
from raie.params import load_params
from raie.sequences.windows import Windows
from raie.stages.artefacts import HELDOUT, INCOMING
from raie.stages.entry import start


def encode_windows(*, windows: Path, histories: Path, backbone: Path, encodings: Path) -> None:
    """Run the stage."""
    params = load_params()
    fix_threads(params.compute.threads)
    model, device = load_backbone(backbone), pick_device(params.compute.device)
    encodings.mkdir(parents=True, exist_ok=True)
    for name, folder in ((INCOMING, windows), (HELDOUT, histories)):
        cut = Windows.load(folder / name, mmap=True)
        unit = encode(model, cut, batch_size=params.evaluate.batch_size, device=device)
        np.save(encodings / f"{name}.npy", unit, allow_pickle=False)


if __name__ == "__main__":
    start(encode_windows)
