"""A bundle as an MLflow model folder: code, data and a signature, never a pickle."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from raie.columns import INTERACTION, ITEM, RATING, TIMESTAMP, USER
from raie.params import RecommendParams
from raie.tracking.bundle import VOCABULARY

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

CODE = Path(__file__).with_name("model.py")
LIBRARIES = (
    "mlflow",
    "torch",
    "transformers",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "safetensors",
    "pydantic",
    "pyyaml",
)
"""What answering imports. `raie` itself is on no package index."""


def save_model(bundle: Path, folder: Path, *, identity: Mapping[str, str], defaults: RecommendParams) -> None:
    """Write the model of a bundle into ``folder``, which must not exist.

    Parameters
    ----------
    bundle : Path
        As `raie.tracking.bundle.write_bundle` wrote it.
    folder : Path
    identity : mapping of str to str
        Who the snapshot is: stands in the model's metadata.
    defaults : RecommendParams
        What ``predict`` takes where the caller says nothing.
    """
    import mlflow.pyfunc

    installed = f"pip install the RAIE repository at the code_commit of {bundle.name}/snapshot.json"
    mlflow.pyfunc.save_model(
        path=str(folder),
        python_model=str(CODE),
        artifacts={"bundle": str(bundle)},
        signature=signature(defaults),
        input_example=_example(bundle),
        # named, or MLflow would load the model in a process of its own to see what it imports
        pip_requirements=[f"{name}=={version(name).partition('+')[0]}" for name in LIBRARIES],
        metadata={**identity, "raie": f"not on a package index: {installed}"},
    )


def signature(defaults: RecommendParams) -> "ModelSignature":
    """Columns and params of ``predict``; types of the input are ours to check, as the inbox does."""
    from mlflow.models import ModelSignature
    from mlflow.types import DataType, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import AnyType, Array, ColSpec

    texts, numbers = ("region", "runner_up", "adapter"), ("angle", "radius", "margin", "neighbour_share")
    return ModelSignature(
        inputs=Schema([ColSpec(AnyType(), name, required=name != RATING) for name in INTERACTION]),
        outputs=Schema(
            [
                ColSpec(DataType.string, USER),
                *(ColSpec(DataType.string, name) for name in texts),
                *(ColSpec(DataType.double, name) for name in numbers),
                ColSpec(DataType.boolean, "fallback"),
                ColSpec(Array(DataType.string), "items"),
                ColSpec(Array(DataType.double), "scores"),
            ]
        ),
        params=ParamSchema(
            [
                ParamSpec("k", DataType.long, defaults.k),
                ParamSpec("exclude_seen", DataType.boolean, defaults.exclude_seen),
            ]
        ),
    )


def _example(bundle: Path) -> pd.DataFrame:
    """Somebody who liked the first items of the vocabulary, a day apart."""
    items = json.loads((bundle / VOCABULARY).read_text(encoding="utf-8"))["items"][:3]
    rows = [("somebody", item, 86400 * day) for day, item in enumerate(items, start=1)]
    return pd.DataFrame(rows, columns=[USER, ITEM, TIMESTAMP])
