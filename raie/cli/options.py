"""Options that several commands have."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Snapshot = Annotated[str | None, typer.Option(help="Snapshot id (a date); the newest by default.")]
