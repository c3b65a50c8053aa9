"""``raie experiment``: methods side by side on a dataset, and questions that snapshots answer."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json

if TYPE_CHECKING:
    from raie.experiments.tables.sheet import Sheet

commands = typer.Typer(no_args_is_help=True, help="Compare methods, or ask a question of the snapshots.")

Backbone = Annotated[str, typer.Option(help="sasrec, bert4rec, tisasrec or openp5.")]
CELLS = Path("experiments")


class Protocol(StrEnum):
    """How windows are cut."""

    production = "production"
    block = "block"


class Form(StrEnum):
    """What a table is printed as."""

    markdown = "markdown"
    latex = "latex"
    json = "json"
    html = "html"


@commands.command("run")
def run_methods(
    dataset: Annotated[Path, typer.Option(help="File of interactions: user, item, time; or ratings.dat.")],
    backbone: Backbone = "sasrec",
    methods: Annotated[str, typer.Option(help="Names with commas between; all by default.")] = "all",
    seeds: Annotated[str, typer.Option(help="Numbers with commas between.")] = "0,1,2,3,4",
    protocol: Protocol = Protocol.production,
    min_rating: Annotated[float | None, typer.Option(help="Lowest rating that counts.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, of one thread each.")] = 2,
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = CELLS,
) -> None:
    """Fit every method under every seed; what an earlier run left is kept. Go on after any kill."""
    from raie.cli.bar import told
    from raie.experiments.cells.question import question_of
    from raie.experiments.cells.run import plan, run
    from raie.methods.registry import METHODS

    question = question_of(dataset, backbone=backbone, protocol=protocol.value, min_rating=min_rating)
    chosen = list(METHODS) if methods == "all" else _listed(methods)
    waves = plan(chosen, [_seed(text) for text in _listed(seeds)])
    done = run(waves, out, question, workers=workers)
    told((task.name for task in done), total=sum(map(len, waves)))
    typer.echo(f"{out / question.folder} holds {len(chosen)} methods: see 'raie experiment table'")


@commands.command("table")
def show_table(
    dataset: Annotated[str, typer.Option(help="The same file, or the name of its folder.")],
    backbone: Backbone = "sasrec",
    protocol: Protocol = Protocol.production,
    form: Annotated[Form, typer.Option("--format")] = Form.markdown,
    cells: Annotated[Path, typer.Option(help="Folder of the results.")] = CELLS,
) -> None:
    """Print what the cells say: means over seeds, intervals, what it took, and RAIE against the best."""
    from raie.experiments.cells.question import name_of
    from raie.experiments.tables.reading import read_cells
    from raie.experiments.tables.rows import table_of
    from raie.experiments.tables.sheet import sheet_of
    from raie.methods.registry import METHODS

    name = name_of(Path(dataset)) if Path(dataset).is_file() else dataset
    found = read_cells(cells, dataset=name, backbone=backbone, protocol=protocol.value)
    typer.echo(_rendered(sheet_of(table_of(found, order=tuple(METHODS))), form), nl=False)


def _rendered(sheet: "Sheet", form: Form) -> str:
    from raie.experiments.tables import document, html, latex, markdown

    renderers = {Form.markdown: markdown, Form.latex: latex, Form.json: document, Form.html: html}
    return renderers[form].render(sheet)


def _listed(text: str) -> list[str]:
    return [part for part in (each.strip() for each in text.split(",")) if part]


def _seed(text: str) -> int:
    from raie.exceptions import UsageError

    if not text.isdecimal():
        raise UsageError(f"seed '{text}' is no whole number: use for example --seeds 0,1,2")
    return int(text)


@commands.command("standing-still")
def standing_still(as_json: Json = False) -> None:
    """Each snapshot against genesis on what arrived next, night by night, with an interval."""
    from raie.experiments.standingstill import compare
    from raie.reports.tables import print_standing_still

    result = compare(repository(), seed=0)
    if as_json:
        typer.echo(json.dumps(asdict(result), indent=2))
    else:
        print_standing_still(result)
