"""``raie data``: what comes in."""

import json
from datetime import UTC, datetime
from pathlib import Path

import typer

from raie.cli.here import repository
from raie.cli.options import Json

commands = typer.Typer(no_args_is_help=True, help="Prepare a source, or check a file against the gate.")


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
def validate(file: Path, as_json: Json = False) -> None:
    """Check one file against the gate on incoming interactions; exit 1 if it would be refused."""
    from raie.reports.checks import check_file

    verdict = check_file(file, repository(), today=datetime.now(UTC).date().isoformat())
    typer.echo(json.dumps(verdict.document(), indent=2) if as_json else verdict.headline())
    raise typer.Exit(0 if verdict.clean else 1)
