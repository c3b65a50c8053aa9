"""A backbone on disk: its genesis, never rewritten, and the rows of items added since."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors.torch import save_file
from torch import Tensor

from raie.backbones.files import ADDED, CONFIG, GENESIS, ROWS, WEIGHTS, check_complete
from raie.backbones.protocol import Backbone
from raie.backbones.reading import read_document, read_tensors
from raie.backbones.registry import STORED_ARCHITECTURES, build_backbone
from raie.exceptions import RefusedError, UsageError
from raie.params import BackboneParams

ADDED_ROWS = "items.added"
"""A backbone's only weight that grows, by its name in the state dict."""
_ARCHITECTURE = "architecture"


def save_backbone(backbone: Backbone, folder: Path, *, previous: Path | None = None) -> None:
    """Write a backbone into ``folder``, which is created.

    Parameters
    ----------
    backbone : Backbone
        At genesis freshly pretrained; on a night the backbone of ``previous`` with rows for new items.
    folder : Path
        Gets ``backbone.json``, ``model.safetensors`` (the genesis weights) and ``items.safetensors``
        (the rows added since).
    previous : Path, optional
        The folder of the night before, whose genesis files are copied.

    Raises
    ------
    RefusedError
        If ``backbone`` is not the one in ``previous`` with rows appended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in backbone.state_dict().items()}
    rows = weights.pop(ADDED_ROWS)
    if previous is None:
        config = {**backbone.params.model_dump(), "n_items": len(backbone.items.genesis) - 1}
        if backbone.architecture is not None:
            config[_ARCHITECTURE] = backbone.architecture
        (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        save_file(weights, folder / WEIGHTS)
    else:
        _check_frozen(weights, rows, previous)
        for name in GENESIS:
            shutil.copyfile(previous / name, folder / name)
    save_file({ROWS: rows}, folder / ADDED)


def load_backbone(folder: Path, *, params: BackboneParams | None = None) -> Backbone:
    """Read a backbone written by `save_backbone`, on the CPU, in evaluation mode.

    Parameters
    ----------
    folder : Path
        Written by `save_backbone`.
    params : BackboneParams, optional
        The architecture that is expected.

    Raises
    ------
    MissingError
        If ``folder`` or one of its three files does not exist.
    UsageError
        If the files do not describe one backbone, or not the expected one.
    """
    check_complete(folder)
    stored, n_items, architecture = _read_config(folder / CONFIG)
    if params is not None and params != stored:
        wanted, found = (set(section.model_dump().items()) for section in (params, stored))
        difference = ", ".join(f"{name} = {value}" for name, value in sorted(wanted - found))
        raise UsageError(f"the backbone in {folder} was not made with {difference}: retrain, or put it back")
    weights = read_tensors(folder / WEIGHTS)
    try:
        backbone = build_backbone(stored, n_items, seed=0, architecture=architecture)
        backbone.load_state_dict({**weights, ADDED_ROWS: backbone.items.added})
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        described = f"a {stored.name} of width {stored.dim} with {n_items} items"
        raise UsageError(f"{folder / WEIGHTS} does not hold {described}, as {CONFIG} says") from error
    backbone.grow(_read_rows(folder / ADDED, stored.dim))
    return backbone


def _read_rows(path: Path, dim: int) -> Tensor:
    rows = read_tensors(path).get(ROWS)
    if rows is None or rows.shape[1:] != (dim,):
        raise UsageError(f"{path} holds no rows of width {dim}: take it from its snapshot again")
    return rows


def _read_config(path: Path) -> tuple[BackboneParams, int, dict[str, Any] | None]:
    config = read_document(path)
    n_items, architecture = config.pop("n_items", None), config.pop(_ARCHITECTURE, None)
    try:
        params = BackboneParams.model_validate(config)
    except ValidationError as error:
        raise UsageError(f"{path} describes no backbone of this version: {config}") from error
    if not isinstance(n_items, int):
        raise UsageError(f"{path} holds n_items = {n_items!r}: it must be a whole number")
    if (architecture is not None) != (params.name in STORED_ARCHITECTURES):
        raise UsageError(f"{path} describes no {params.name}: it holds architecture = {architecture!r:.60}")
    return params, n_items, architecture


def _check_frozen(weights: dict[str, Tensor], rows: Tensor, previous: Path) -> None:
    check_complete(previous)
    before = read_tensors(previous / WEIGHTS)
    kept = _read_rows(previous / ADDED, rows.shape[1])
    same = before.keys() == weights.keys() and all(
        torch.equal(before[name], weights[name]) for name in before
    )
    if not same or not torch.equal(kept, rows[: len(kept)]):
        raise RefusedError(f"the backbone differs from the frozen one in {previous}: a night only adds items")
