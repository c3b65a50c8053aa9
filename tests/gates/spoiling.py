"""Change one thing in a file of a work tree."""

import json

import numpy as np
import pandas as pd
import yaml
from safetensors.numpy import load_file, save_file


def array(path, change):
    """``change`` returns the new array, or None after changing it in place."""
    before = np.load(path, allow_pickle=False)
    after = change(before)
    np.save(path, before if after is None else after, allow_pickle=False)


def put(path, place, value):
    """Set one element, or one row."""

    def change(values):
        values[place] = value

    array(path, change)


def tensors(path, change):
    held = load_file(path)
    change(held)
    save_file(held, path)


def document(path, change):
    held = json.loads(path.read_text())
    change(held)
    path.write_text(json.dumps(held))


def table(path, change):
    change(pd.read_parquet(path)).to_parquet(path, index=False)


def params(worktree, gate, **values):
    path = worktree / "params.yaml"
    held = yaml.safe_load(path.read_text())
    held.setdefault("gates", {})[gate] = values
    path.write_text(yaml.safe_dump(held))
