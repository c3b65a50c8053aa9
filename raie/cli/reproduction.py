"""``raie snapshot reproduce``."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json
from raie.cli.printing import print_rows

if TYPE_CHECKING:
    from raie.reproduction.verdict import Reproduction

commands = typer.Typer()


@commands.command()
def reproduce(
    snapshot: Annotated[str | None, typer.Argument(help="Snapshot id; the newest by default.")] = None,
    from_genesis: Annotated[
        bool, typer.Option("--from-genesis", help="Every snapshot up to it, each on top of the rebuilt ones.")
    ] = False,
    keep: Annotated[Path | None, typer.Option(help="Folder to make, where the work tree stays.")] = None,
    as_json: Json = False,
) -> None:
    """Make a snapshot again from what its tag holds, and compare every output."""
    from raie.reproduction.chain import reproduce_chain
    from raie.reproduction.reproduce import reproduce as reproduce_one
    from raie.snapshots.tags import resolve

    root, keep = repository(), keep.resolve() if keep else None
    name = resolve(root, snapshot)
    if from_genesis:
        made = _shown(reproduce_chain(root, name, tell=_tell, keep=keep), as_json)
    else:
        made = _shown([reproduce_one(root, name, tell=_tell, keep=keep)], as_json)
    if as_json:
        typer.echo(json.dumps([each.document() for each in made], indent=2))
    if not made[-1].good:
        raise typer.Exit(1)


def _shown(reproductions: "Iterable[Reproduction]", as_json: bool) -> "list[Reproduction]":
    """Print each reproduction as it ends, unless JSON is wanted."""
    made = []
    for each in reproductions:
        made.append(each)
        if not as_json:
            typer.echo("\n".join(each.lines()))
            if each.differences:
                print_rows(each.rows(), as_json=False)
    return made


def _tell(line: str) -> None:
    typer.echo(line, err=True)
