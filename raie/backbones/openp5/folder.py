"""Where a language model lies: a folder of this machine, or the hub's copy in it."""

import hashlib
from pathlib import Path

from raie.exceptions import MissingError, UsageError

WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
"""Either of them must be there."""
CONFIG, TOKENIZER, TOKENIZER_CONFIG = "config.json", "tokenizer.json", "tokenizer_config.json"


def folder_of(named: str) -> Path:
    """Find the folder of ``backbone.language_model``; of the hub's, download what is missing.

    Parameters
    ----------
    named : str
        A path from the root or the home folder, or a name on the hub, ``organisation/name`` or
        ``organisation/name@revision``.

    Raises
    ------
    MissingError
        If the folder or one of its files is not there, or the hub cannot be asked.
    UsageError
        If ``named`` is a relative path, or no name.
    """
    try:
        path = Path(named).expanduser()
    except RuntimeError as error:
        raise MissingError(
            f"backbone.language_model = '{named}': there is no such home folder, correct the path"
        ) from error
    if not path.is_absolute() and (path.is_dir() or named.startswith(".")):
        # Stages run in a work tree of their own.
        raise UsageError(f"backbone.language_model = '{named}' is a relative path: write it from the root")
    if path.is_absolute() and not path.is_dir():
        raise MissingError(f"backbone.language_model = '{named}': there is no such folder, correct the path")
    folder = path if path.is_absolute() else _from_hub(named)
    for name in (CONFIG, TOKENIZER):
        if not (folder / name).is_file():
            raise MissingError(f"no language model at {named}: {name} is missing, save_pretrained writes it")
    if not any((folder / name).is_file() for name in WEIGHTS):
        raise MissingError(
            f"the language model at {named} has no {WEIGHTS[0]} (weights as pickles are never read): "
            "save it again with save_pretrained"
        )
    return folder


def digest_of(folder: Path) -> str:
    """SHA-256 of a language model's files, in hex: says of which one a backbone was made."""
    digest = hashlib.sha256()
    named = [folder / name for name in (CONFIG, TOKENIZER, TOKENIZER_CONFIG)]
    files = [file for file in named if file.is_file()]
    for file in sorted([*files, *folder.glob("model*.safetensors")]):
        with file.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()


def _from_hub(named: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    name, _, revision = named.partition("@")
    try:
        folder = snapshot_download(
            name,
            revision=revision or None,
            allow_patterns=["*.json", "model.safetensors", "model-*.safetensors"],
            ignore_patterns=["*/*"],
        )
    except HFValidationError as error:
        raise UsageError(
            f"backbone.language_model = '{named}' is no folder and no name on the hub: correct it"
        ) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise MissingError(
            f"the hub does not give '{named}' ({type(error).__name__}): go online, correct the name, or name "
            "a folder of this machine"
        ) from error
    return Path(folder)
