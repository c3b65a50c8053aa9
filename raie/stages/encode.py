"""Encode tonight's windows with the frozen backbone."""

from pathlib import Path

import numpy as np

from raie.backbones.device import fix_threads, pick_device
from raie.backbones.store import load_backbone
from raie.encodings.encode import encode
from raie.params import load_params
from raie.sequences.windows import Windows
from raie.stages.artefacts import INCOMING
from raie.stages.entry import start


def encode_windows(*, windows: Path, backbone: Path, encodings: Path) -> None:
    """Run the stage."""
    params = load_params()
    fix_threads(params.compute.threads)
    model, device = load_backbone(backbone), pick_device(params.compute.device)
    encodings.mkdir(parents=True, exist_ok=True)
    incoming = Windows.load(windows / INCOMING, mmap=True)
    unit = encode(model, incoming, batch_size=params.evaluate.batch_size, device=device)
    np.save(encodings / f"{INCOMING}.npy", unit, allow_pickle=False)


if __name__ == "__main__":
    start(encode_windows)
