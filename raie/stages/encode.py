"""Encode tonight's windows with the frozen backbone, and at a retrain what the old regions remember."""

from functools import partial
from pathlib import Path

import numpy as np

from raie.backbones.device import fix_threads, pick_device
from raie.backbones.store import load_backbone
from raie.encodings.encode import encode
from raie.interactions.erased import is_erased
from raie.params import load_params
from raie.sequences.windows import Windows
from raie.snapshots.night import read_night
from raie.stages.artefacts import INCOMING, LINEAGE, MEMORY
from raie.stages.entry import start


def encode_windows(*, windows: Path, backbone: Path, previous: Path, night: Path, encodings: Path) -> None:
    """Run the stage."""
    params, this = load_params(), read_night(night)
    fix_threads(params.compute.threads)
    model, device = load_backbone(backbone), pick_device(params.compute.device)
    encoded = partial(
        encode,
        model,
        batch_size=params.evaluate.batch_size,
        device=device,
        precision=params.compute.precision,
    )
    encodings.mkdir(parents=True, exist_ok=True)
    incoming = Windows.load(windows / INCOMING, mmap=True)
    np.save(encodings / f"{INCOMING}.npy", encoded(incoming), allow_pickle=False)
    if this.kind == "retrain":
        # A grown vocabulary keeps its indices: the new backbone can read what the old regions remember.
        remembered = Windows.load(previous / MEMORY, mmap=True)
        remembered = remembered.take(~is_erased(remembered.user_ids.tolist(), this.erasure))
        np.save(encodings / LINEAGE, encoded(remembered), allow_pickle=False)


if __name__ == "__main__":
    start(encode_windows)
