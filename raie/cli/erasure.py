"""``raie forget``: take a user's events out."""

import json
from typing import Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json
from raie.cli.printing import print_rows
from raie.cli.progress import show_progress
from raie.exceptions import MissingError

commands = typer.Typer()


@commands.command()
def forget(
    user: Annotated[str, typer.Option(help="User id.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say where they are and what would be made anew, and end.")
    ] = False,
    as_json: Json = False,
) -> None:
    """A new snapshot without a user's events, and without anything that was learnt from them."""
    if dry_run:
        _tell(user, as_json=as_json)
        return
    show_progress()
    from flows.forget import forget as flow
    from flows.server import recording_server
    from raie.erasure.account import account_of
    from raie.interactions.erased import user_digest

    root = repository()
    account = account_of(root, user)
    if account.way == "nothing":
        raise MissingError(f"{account.newest} holds no event of user {user!r}: there is nothing to take out")
    with recording_server():
        snapshot = flow(root, user_digest(user))
    typer.echo(json.dumps({"snapshot": snapshot}) if as_json else f"snapshot/{snapshot}")


def _tell(user: str, *, as_json: bool) -> None:
    from raie.erasure.account import account_of
    from raie.erasure.telling import account_document, account_lines, account_rows

    account = account_of(repository(), user)
    if as_json:
        typer.echo(json.dumps(account_document(account), indent=2))
        return
    print_rows(account_rows(account), as_json=False)
    for line in account_lines(account):
        typer.echo(line)
