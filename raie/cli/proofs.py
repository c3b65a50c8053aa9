"""``raie snapshot verify``."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json

if TYPE_CHECKING:
    from raie.proofs.question import Proof, Question

commands = typer.Typer()
PATIENCE = 5.0
"""Seconds without a word on stderr."""


@commands.command()
def verify(
    snapshot: Annotated[
        str | None, typer.Argument(help="Snapshot id, or candidate/<id>; the newest snapshot by default.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Rehash the artefacts of every snapshot.")] = False,
    git_only: Annotated[bool, typer.Option("--git-only", help="Rehash no artefacts, only git.")] = False,
    expect: Annotated[
        str | None, typer.Option(help="Root hash kept elsewhere, or its first 12 characters or more.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove a snapshot and all before it; exit 1 and name the first thing that does not match.

    Tags, ledgers and manifests are walked from genesis; artefacts are those of the snapshot asked for.
    """
    from raie.proofs.mismatch import MismatchError
    from raie.proofs.question import Question
    from raie.proofs.verify import verify as prove

    question = Question(snapshot, every=every, git_only=git_only, expected=expect)
    root = repository()
    try:
        proof = prove(root, question, _Patient())
    except MismatchError as error:
        if as_json:
            typer.echo(json.dumps({"ok": False, **error.document()}, indent=2))
        raise
    if as_json:
        typer.echo(json.dumps({"ok": True, **asdict(proof)}, indent=2))
    else:
        typer.echo("\n".join(_told(root, question, proof)))


class _Patient:
    """Says on stderr what is being verified, if it takes long."""

    def __init__(self) -> None:
        self.said = time.monotonic()

    def __call__(self, name: str) -> None:
        if time.monotonic() - self.said > PATIENCE:
            self.said = time.monotonic()
            typer.echo(f"verifying {name}", err=True)


def _told(root: Path, question: "Question", proof: "Proof") -> Iterator[str]:
    from raie.snapshots.remedy import how_to_fetch

    rehashed = "not rehashed (--git-only)"
    if not question.git_only:
        rehashed = f"{proof.files} files, {proof.bytes:,} bytes rehashed"
    yield from (
        f"{proof.ref}: ok",
        f"root hash  {proof.root_hash}",
        f"chain      {proof.snapshots} snapshots, {proof.entries} entries, {proof.git_files} files in git",
        f"artefacts  {rehashed}",
    )
    if proof.absent:
        count = sum(proof.absent.values())
        yield f"not here   {count} files of {len(proof.absent)} earlier snapshots: {how_to_fetch(root)}"
    if question.expected is None and not proof.witnessed:
        trusted = "the newest tag" if question.snapshot is None else proof.ref
        yield f"witness    no witness was kept here: {trusted} is taken on trust (--expect ROOT_HASH)"
