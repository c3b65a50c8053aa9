"""``raie recommend``: what users get."""

from pathlib import Path
from typing import Annotated, Any

import typer

from raie.cli.here import repository
from raie.cli.options import Json, Snapshot
from raie.cli.printing import print_rows
from raie.exceptions import UsageError

commands = typer.Typer()
FEW = 10
"""Users whose recommendations a printed table shows."""


@commands.command()
def recommend(
    user: Annotated[str | None, typer.Option(help="One user's id.")] = None,
    users_file: Annotated[
        Path | None,
        typer.Option(help="Many users: a .csv or .parquet with a column user_id, else one id per line."),
    ] = None,
    snapshot: Snapshot = None,
    k: Annotated[int | None, typer.Option(help="Items per user; the snapshot's own k by default.")] = None,
    exclude_seen: Annotated[
        bool | None,
        typer.Option(
            "--exclude-seen/--include-seen",
            help="Whether to leave out all that a user ever interacted with; as the snapshot did by default.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            help="Add what each row rests on, from region and angle to the share that neighbours have in it."
        ),
    ] = False,
    as_json: Json = False,
    out: Annotated[
        Path | None, typer.Option(help="Write to a .parquet, .json or .jsonl file instead of printing.")
    ] = None,
) -> None:
    """Top items for one user, for the users of a file or, if neither is given, for everybody.

    What the snapshot's own run stored answers at once, every other question is computed from the snapshot.

    A table shows the first users only; --json and --out give all.

    Unknown users of a file are named on stderr and left out.
    """
    from raie.reports.recommendations import recommendations
    from raie.reports.tablefiles import check_target
    from raie.reports.userlists import asked_users

    if out is not None:
        if as_json:
            raise UsageError(f"--json prints and --out {out} writes: give one of them")
        check_target(out)
    users = asked_users(user, users_file)
    found = recommendations(repository(), users=users, snapshot=snapshot, k=k, exclude_seen=exclude_seen)
    for notice in found.notices():
        typer.echo(f"raie: {notice}", err=True)
    _hand_out(found, one=user is not None, explain=explain, as_json=as_json, out=out)


def _hand_out(found: Any, *, one: bool, explain: bool, as_json: bool, out: Path | None) -> None:
    from raie.reports.tablefiles import write_table

    if out is not None:
        table = found.table(explain=explain)
        write_table(table, out)
        typer.echo(f"{len(table)} rows for {len(found.users)} users: {out}")
        return
    if not as_json and len(found.users) > FEW:
        typer.echo(f"raie: the first {FEW} of {len(found.users)} users; --json and --out give all", err=True)
        found = found.first(FEW)
    table = found.table(explain=explain)
    # a single user's rows do not repeat whose they are
    print_rows(table.drop(columns="user_id" if one else []).to_dict("records"), as_json=as_json)
