"""The command line. Exit 0: done; 1: a check said no; 2: a usage error or a missing thing."""

import json
import logging
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from raie.exceptions import RaieError

App = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
data_app = typer.Typer(no_args_is_help=True, help="Prepare a source, or check a file against the gate.")
snapshot_app = typer.Typer(no_args_is_help=True, help="List snapshots, or show one.")
experiment_app = typer.Typer(no_args_is_help=True, help="Ask a question of the snapshots.")
App.add_typer(experiment_app, name="experiment")
App.add_typer(data_app, name="data")
App.add_typer(snapshot_app, name="snapshot")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Snapshot = Annotated[str | None, typer.Option(help="Snapshot id (a date); the newest by default.")]


@App.callback()
def _describe() -> None:
    """Region-aware incremental preference editing for sequential recommenders."""


@App.command()
def demo(
    workspace: Annotated[Path, typer.Option(help="Folder that the demo makes.")] = Path("demo"),
) -> None:
    """Genesis and seven nights of planted drift, in a clone of its own."""
    _show_progress()
    from raie.demo import run_demo

    run_demo(_root(), workspace.resolve())


@data_app.command()
def prepare() -> None:
    """Read the source named in params into data/inbox: Set-up, then one file per later day."""
    from raie.params import load_params
    from raie.snapshots.inbox import prepare_inbox

    root = _root()
    prepared = prepare_inbox(root, load_params(root / "params.yaml"))
    last = prepared.days[-1] if prepared.days else "none"
    typer.echo(f"Set-up: {prepared.n_genesis} interactions before {prepared.cut}")
    typer.echo(f"later: {prepared.n_later} interactions on {len(prepared.days)} days, the last {last}")


@data_app.command()
def validate(file: Path, as_json: Json = False) -> None:
    """Check one file against the gate on incoming interactions; exit 1 if it would be refused."""
    from raie.reports.checks import check_file

    verdict = check_file(file, _root(), today=datetime.now(UTC).date().isoformat())
    typer.echo(json.dumps(verdict.document(), indent=2) if as_json else verdict.headline())
    raise typer.Exit(0 if verdict.passed else 1)


@App.command()
def construct() -> None:
    """Genesis: train the backbone on Set-up and build the regions."""
    _show_progress()
    from flows.construct import construct as flow

    typer.echo(f"snapshot/{flow(_root())}")


@App.command()
def nightly(
    date: Annotated[str | None, typer.Option(help="UTC date of the night; yesterday by default.")] = None,
) -> None:
    """One night: gate, encode, edit, train the touched regions, tag."""
    _show_progress()
    from flows.nightly import nightly as flow

    typer.echo(f"snapshot/{flow(_root(), date or _yesterday())}")


@App.command()
def backfill(
    first: Annotated[str, typer.Option("--from", help="First UTC date.")],
    last: Annotated[str, typer.Option("--to", help="Last UTC date.")],
) -> None:
    """Run nights in order over a range of dates."""
    _show_progress()
    from flows.backfill import backfill as flow

    for snapshot in flow(_root(), first, last):
        typer.echo(f"snapshot/{snapshot}")


@snapshot_app.command("list")
def list_snapshots(as_json: Json = False) -> None:
    """All snapshots, oldest first."""
    from raie.reports.tables import print_rows, snapshot_rows

    _print(snapshot_rows(_root()), as_json, print_rows)


@snapshot_app.command("show")
def show_snapshot(snapshot: Annotated[str | None, typer.Argument()] = None) -> None:
    """The manifest of a snapshot, as JSON."""
    from raie.snapshots.history import manifest_of
    from raie.snapshots.tags import resolve

    root = _root()
    typer.echo(json.dumps(manifest_of(root, resolve(root, snapshot)), indent=2))


@experiment_app.command("standing-still")
def standing_still(as_json: Json = False) -> None:
    """Each snapshot against genesis on what arrived next, night by night, with an interval."""
    from raie.experiments.standingstill import compare
    from raie.reports.tables import print_standing_still

    result = compare(_root(), seed=0)
    if as_json:
        typer.echo(json.dumps(asdict(result), indent=2))
    else:
        print_standing_still(result)


@App.command()
def history(
    region: Annotated[str | None, typer.Option(help="Region id; all regions by default.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Snapshot id to read up to.")] = None,
    as_json: Json = False,
) -> None:
    """How regions came to be: every edit, from the hash-chained ledger."""
    from raie.reports.tables import history_rows, print_rows

    _print(history_rows(_root(), region=region, as_of=as_of), as_json, print_rows)


@App.command()
def recommend(
    user: Annotated[str, typer.Option(help="User id.")],
    snapshot: Snapshot = None,
    k: Annotated[int, typer.Option(min=1, help="Items to list.")] = 10,
    explain: Annotated[bool, typer.Option(help="Add region, angle, radius, margin and fallback.")] = False,
    as_json: Json = False,
) -> None:
    """Top items for a user, as the snapshot's batch run recommended them."""
    from raie.reports.recommendations import recommendation_rows
    from raie.reports.tables import print_rows

    rows = recommendation_rows(_root(), user=user, snapshot=snapshot, k=k, explain=explain)
    _print(rows, as_json, print_rows)


def _yesterday() -> str:
    return (datetime.now(UTC).date() - timedelta(days=1)).isoformat()


def _root() -> Path:
    from raie.snapshots.git import repository_root

    return repository_root(Path.cwd())


def _print(rows: list[dict[str, Any]], as_json: bool, print_rows: Any) -> None:
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        print_rows(rows)


def _show_progress() -> None:
    # Prefect would print every error's traceback; here an error is one line, and Prefect's page has the rest.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("raie.flows")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def app() -> None:
    """Run the command line; errors become one line on stderr."""
    try:
        App(standalone_mode=True)
    except RaieError as error:
        typer.echo(f"raie: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    app()
