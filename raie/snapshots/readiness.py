"""What would stop a run in one of its last stages, or bend it unseen, told before its first."""

import json
from pathlib import Path
from typing import Any

from raie.adapters.files import CONFIG as ADAPTER
from raie.backbones.files import CONFIG as BACKBONE
from raie.exceptions import UsageError
from raie.params import Params
from raie.params.section import Section
from raie.sequences.windows import Windows
from raie.snapshots.night import Night
from raie.snapshots.pointers import PREVIOUS

MEMORY = "regions/memory"
PEFT_NAMES = {"rank": "r", "lora_alpha": "lora_alpha"}
"""What an adapter's files fix: field of ``adapters`` in params, key in the configuration that PEFT reads."""


def check_readiness(worktree: Path, night: Night, params: Params) -> None:
    """Refuse a run whose params do not fit this machine, or the generation that it goes on with.

    Parameters
    ----------
    worktree : Path
        The run's work tree, the previous snapshot's outputs in ``data/previous``.
    night : Night
    params : Params

    Raises
    ------
    UsageError
        If ``compute.device`` is not there, or the language model of a new generation; if the backbone of
        a retrain could not read what the regions before it remember; or if a run that
        begins none finds a backbone or an adapter that was made with other settings.
    """
    if params.compute.device == "cuda":
        # importing torch takes a second that no other run need spend here
        from raie.backbones.device import pick_device

        pick_device(params.compute.device)
    if not night.goes_on and params.backbone.language_model is not None:
        # so does the library of language models; a hub's files are fetched by this
        from raie.backbones.openp5.languagemodel import check_language_model

        check_language_model(params.backbone)
    if night.kind == "retrain":
        _check_length(worktree / PREVIOUS / MEMORY, params)
    if night.goes_on:
        previous = worktree / PREVIOUS
        _check_backbone(previous / "backbone", params, str(night.previous))
        for folder in sorted((previous / "adapters").glob("*/")):
            _check_adapter(folder, params, str(night.previous))


def _check_length(memory: Path, params: Params) -> None:
    """Expect that the new backbone can read what the old regions remember."""
    longest = params.backbone.max_length
    length = Windows.load(memory, mmap=True).histories.shape[1] if memory.is_dir() else 0
    if length > longest:
        raise UsageError(
            f"backbone.max_length = {longest}, but regions remember histories of {length} events, which a "
            f"retrain reads again: raise it to {length}"
        )


def _check_backbone(folder: Path, params: Params, previous: str) -> None:
    stored = _read(folder / BACKBONE)
    wanted = params.backbone.model_dump()
    made_with = {name: stored.get(name, wanted[name]) for name in wanted}
    _check_same("backbone", params.backbone, made_with, f"the backbone of {previous}")


def _check_adapter(folder: Path, params: Params, previous: str) -> None:
    config = _read(folder / ADAPTER)
    made_with = {name: config[key] for name, key in PEFT_NAMES.items() if key in config}
    _check_same("adapters", params.adapters, made_with, f"the adapter of {folder.name} in {previous}")


def _check_same(section: str, params: Section, made_with: dict[str, Any], what: str) -> None:
    for name, value in made_with.items():
        asked = getattr(params, name)
        if asked != value:
            raise UsageError(
                f"{section}.{name} = {asked}, but {what} was made with {value}: put it back, "
                "or begin a generation with it (raie retrain)"
            )


def _read(path: Path) -> dict[str, Any]:
    """Read a JSON document; an output that is not there is for the stage that reads it to tell."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
