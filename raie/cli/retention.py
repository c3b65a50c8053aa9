"""``raie snapshot hold``, ``release`` and ``prune``."""

import json
from typing import Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json
from raie.cli.printing import print_rows

commands = typer.Typer()

Id = Annotated[str, typer.Argument(help="Snapshot id (a date), or a candidate's tag.")]


@commands.command("hold")
def hold_snapshot(
    snapshot: Id, reason: Annotated[str, typer.Option(help="Why, in a few words.")] = "by hand"
) -> None:
    """Keep a snapshot's data, whatever the policy says."""
    from raie.retention.holds import hold
    from raie.snapshots.pruned import read_pruned
    from raie.snapshots.tags import ref_of

    root = repository()
    hold(root, snapshot, reason=reason)
    tag = ref_of(root, snapshot)
    typer.echo(f"held: {tag}")
    if tag in read_pruned(root):
        typer.echo("raie: its data were freed before: fetch them from the remote, if one has them", err=True)


@commands.command("release")
def release_snapshot(snapshot: Id) -> None:
    """Take a hold away: the policy decides again."""
    from raie.retention.holds import release

    typer.echo(f"released: {release(repository(), snapshot)}")


@commands.command("prune")
def prune_snapshots(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be freed.")] = False,
    cloud: Annotated[bool, typer.Option("--cloud", help="Free DVC's default remote too.")] = False,
    own_cache: Annotated[
        bool, typer.Option("--own-cache", help="A cache outside the repository serves no other one.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Free data of old snapshots, by `retention` in params; their tags, ledger, manifest, metrics stay."""
    from raie.params import PARAMS_FILE, load_params
    from raie.retention.account import account, rows
    from raie.retention.prune import prune

    root = repository()
    keep_days = load_params(root / PARAMS_FILE).retention.keep_days
    pruning = prune(root, keep_days=keep_days, dry=dry_run, remote=cloud, own_cache=own_cache)
    listed, garbage = rows(pruning), pruning.garbage
    if as_json:
        sizes = {"cache_bytes": garbage.size, "cache_objects": garbage.objects}
        sizes |= {"remote_objects": garbage.remote_objects, "opened_bytes": pruning.opened}
        typer.echo(json.dumps({"dry_run": dry_run, **sizes, "snapshots": listed}, indent=2))
        return
    print_rows([row | {"why": ", ".join(row["why"])} for row in listed], as_json=False)
    typer.echo(account(pruning, dry=dry_run))
