"""``raie data``: what comes in."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json

commands = typer.Typer(
    no_args_is_help=True, help="Fetch or prepare a source, or check a file against the gate."
)


@commands.command()
def prepare() -> None:
    """Read the source named in params into data/inbox: Set-up, then one file per later day."""
    from raie.params import load_params
    from raie.snapshots.inbox import prepare_inbox

    root = repository()
    prepared = prepare_inbox(root, load_params(root / "params.yaml"))
    last = prepared.days[-1] if prepared.days else "none"
    typer.echo(f"Set-up: {prepared.n_genesis} interactions before {prepared.cut}")
    typer.echo(f"later: {prepared.n_later} interactions on {len(prepared.days)} days, the last {last}")


@commands.command()
def fetch(
    name: Annotated[str, typer.Argument(help="movielens-1m, movielens-10m or yelp")],
    out: Annotated[Path | None, typer.Option(help="Folder; data/sources/NAME where it is left out.")] = None,
    mirror: Annotated[str | None, typer.Option(help="Another address of the same archive.")] = None,
) -> None:
    """Fetch a published dataset; a download that broke off goes on where it was."""
    from raie.interactions.download import fetch_dataset

    def tell(have: int, size: int) -> None:
        typer.echo(f"\r{have / size:4.0%} of {size / 1e6:.0f} MB", nl=False, err=True)

    folder = (out or repository() / "data" / "sources" / name).resolve()
    files = fetch_dataset(name, folder, tell=tell, mirror=mirror)
    typer.echo("", err=True)
    typer.echo(f"data.source: movielens, data.path: {files[0]}, items.path: {files[1]}")


@commands.command()
def validate(file: Path, as_json: Json = False) -> None:
    """Check one file against the gate on incoming interactions; exit 1 if it would be refused."""
    from raie.reports.checks import check_file

    verdict = check_file(file, repository(), today=datetime.now(UTC).date().isoformat())
    typer.echo(json.dumps(verdict.document(), indent=2) if as_json else verdict.headline())
    raise typer.Exit(0 if verdict.clean else 1)
