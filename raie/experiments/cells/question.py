"""What an experiment asks: dataset, protocol, backbone and budget, the same for every method."""

import hashlib
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from raie.exceptions import UsageError
from raie.experiments.protocols import PROTOCOLS, USUAL, ProtocolName
from raie.params import BackboneParams, Columns, PretrainParams
from raie.params.section import Section

GENERIC = re.compile(r"[^A-Za-z0-9._-]+")

PRETRAINING: dict[str, dict[str, float]] = {
    "sasrec": {"epochs": 24},
    "tisasrec": {"epochs": 24},
    "bert4rec": {"epochs": 40, "batch_size": 16, "learning_rate": 1e-3, "patience": 12},
    "openp5": {"epochs": 12},
}
"""How each backbone learns Set-up well, see docs/results.md."""
SIZES: dict[str, dict[str, float]] = {
    "sasrec": {"dim": 64},
    "tisasrec": {"dim": 64},
    "bert4rec": {"dim": 64, "max_length": 21, "dropout": 0.1, "mask_share": 0.3},
    "openp5": {"dim": 64, "max_length": 21},
}


class Protocol(Section):
    """How windows are cut, and how many of them are used.

    The caps bound the time of an experiment; where there are more windows, those used are drawn.
    """

    name: ProtocolName = USUAL
    length: int = Field(20, ge=2)
    stride: int = Field(5, ge=1)
    """Of `block` windows."""
    min_history: int = Field(3, ge=1)
    min_rating: float | None = None
    setup_quantile: float = Field(0.5, gt=0, lt=1)
    finetune_quantile: float = Field(0.8, gt=0, lt=1)
    heldout_share: float = Field(0.1, gt=0, lt=1)
    max_finetune: int = Field(20_000, ge=1)
    max_test: int = Field(10_000, ge=1)
    max_heldout: int = Field(4_000, ge=1)


class Question(Section):
    """All that a cell depends on beside its method and seed."""

    file: Path
    content: str
    """Digest of the file's bytes, in hex."""
    columns: Columns | None = None
    """Where user, item, time and rating are, if not where they are looked for."""
    dataset: str
    protocol: Protocol
    backbone: BackboneParams
    pretrain: PretrainParams
    epochs: int = Field(3, ge=1)
    """The budget: passes over the windows of Finetune."""
    batch_size: int = Field(64, ge=1)

    @property
    def folder(self) -> Path:
        """Where its cells lie, relative to the folder of all."""
        return Path(self.dataset, self.protocol.name, self.backbone.name)

    @property
    def digest(self) -> str:
        """Names everything but where the file lies, in hex."""
        left_out = {"file"} if self.columns else {"file", "columns"}
        return hashlib.sha256(self.model_dump_json(exclude=left_out).encode()).hexdigest()[:16]


def name_of(file: Path) -> str:
    """Name a dataset after the folder that its file lies in."""
    return GENERIC.sub("-", file.resolve().parent.name) or "dataset"


def content_of(file: Path) -> str:
    """Digest a file's bytes, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").hexdigest()[:32]


def questions_of(
    files: Sequence[Path],
    *,
    backbones: Sequence[str],
    protocols: Sequence[str],
    min_rating: float | None,
    columns: Columns | None = None,
) -> list[Question]:
    """Ask the usual question of every file, of every backbone and by every protocol.

    Raises
    ------
    UsageError
        If there is nothing to ask, two files would have one name, or as `question_of` does.
    """
    combined = itertools.product(files, dict.fromkeys(backbones), dict.fromkeys(protocols))
    questions = [
        question_of(file, backbone=backbone, protocol=protocol, min_rating=min_rating, columns=columns)
        for file, backbone, protocol in combined
    ]
    if not questions:
        raise UsageError("name at least one dataset, one backbone and one protocol")
    folders = [question.folder for question in questions]
    for number, folder in enumerate(folders):
        if folder in folders[:number]:
            raise UsageError(f"two files would leave their cells in {folder}: ask of one at a time")
    return questions


def question_of(
    file: Path, *, backbone: str, protocol: str, min_rating: float | None, columns: Columns | None = None
) -> Question:
    """Ask the usual question of a file.

    Raises
    ------
    UsageError
        If there is no such file, backbone or protocol.
    """
    if protocol not in PROTOCOLS:
        raise UsageError(f"no protocol '{protocol}': choose from {', '.join(PROTOCOLS)}")
    if not file.is_file():
        raise UsageError(f"no dataset at {file}: give a file, or fetch one with 'raie data fetch'")
    if backbone not in SIZES:
        raise UsageError(f"no backbone '{backbone}': choose from {', '.join(SIZES)}")
    return Question(
        file=file.resolve(),
        content=content_of(file),
        columns=columns,
        dataset=name_of(file),
        protocol=Protocol.model_validate({"name": protocol, "min_rating": min_rating}),
        backbone=BackboneParams.model_validate({"name": backbone, **SIZES[backbone]}),
        pretrain=PretrainParams.model_validate(PRETRAINING[backbone]),
    )
