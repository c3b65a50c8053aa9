"""``raie experiment``: methods side by side on a dataset, and questions that snapshots answer."""

import json
from collections import Counter
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json
from raie.experiments.protocols import USUAL, ProtocolName

if TYPE_CHECKING:
    from raie.experiments.cells.run import Task
    from raie.experiments.tables.sheet import Sheet
    from raie.params import Columns as Places

commands = typer.Typer(no_args_is_help=True, help="Compare methods, or ask a question of the snapshots.")

BACKBONES = "sasrec, bert4rec, tisasrec or openp5"
FILE = "File of interactions, such as CSV, TSV, Parquet or ratings.dat."
Backbone = Annotated[str, typer.Option(help=f"{BACKBONES}.")]
Dataset = Annotated[Path, typer.Option(help=FILE)]
Seeds = Annotated[str, typer.Option(help="Numbers with commas between, or ranges such as 0-4.")]
MinRating = Annotated[float | None, typer.Option(help="Lowest rating that counts.")]
Columns = Annotated[
    str | None,
    typer.Option(help="Names or positions of user, item, time and perhaps rating, with commas between."),
]
Workers = Annotated[int, typer.Option(min=1, help="Processes, of one thread each.")]
Out = Annotated[Path, typer.Option(help="Folder of the results.")]
CELLS = Path("experiments")


class Form(StrEnum):
    """What a table is printed as."""

    markdown = "markdown"
    latex = "latex"
    json = "json"
    html = "html"


@commands.command("run")
def run_methods(
    dataset: Annotated[list[Path], typer.Option(help=f"{FILE} Several times for several.")],
    backbone: Annotated[str, typer.Option(help=f"{BACKBONES}; with commas between.")] = "sasrec",
    methods: Annotated[
        str, typer.Option(help="Names with commas between, 'all', 'ablations', or such as raie@n_regions=3.")
    ] = "all",
    seeds: Seeds = "0-4",
    protocol: Annotated[str, typer.Option(help="production, block or both with a comma.")] = USUAL,
    min_rating: MinRating = None,
    columns: Columns = None,
    workers: Workers = 2,
    out: Out = CELLS,
) -> None:
    """Fit every method under every seed; what an earlier run left is kept. Go on after any kill."""
    from raie.cli.bar import Piece, told
    from raie.experiments.cells.question import questions_of
    from raie.experiments.cells.run import plan, run
    from raie.methods.registry import methods_named

    questions = questions_of(
        dataset,
        backbones=_listed(backbone),
        protocols=_listed(protocol),
        min_rating=min_rating,
        columns=_columns(columns),
    )
    chosen = methods_named(methods)
    waves = plan(chosen, _seeds(seeds))
    done = (
        Piece(task.kind, f"{question.folder}: {task.name}")
        for question in questions
        for task in run(waves, out, question, workers=workers)
    )
    told(done, pieces=_kinds(waves * len(questions)))
    for question in questions:
        typer.echo(f"{out / question.folder} holds {len(chosen)} methods: see 'raie experiment table'")


@commands.command("table")
def show_table(
    dataset: Annotated[str, typer.Option(help="The same file, or the name of its folder.")],
    backbone: Backbone = "sasrec",
    protocol: ProtocolName = USUAL,
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
    found = read_cells(cells, dataset=name, backbone=backbone, protocol=protocol)
    typer.echo(_rendered(sheet_of(table_of(found, order=tuple(METHODS))), form), nl=False)


@commands.command("summary")
def show_summary(
    cells: Annotated[Path, typer.Option(help="Folder of the results.")] = CELLS,
    form: Annotated[Form, typer.Option("--format")] = Form.markdown,
) -> None:
    """RAIE against the best baseline and its controls, a line for every dataset and backbone there is."""
    from raie.experiments.tables.overall import overall_of
    from raie.experiments.tables.overallsheet import overall_sheet_of
    from raie.methods.registry import METHODS

    typer.echo(_rendered(overall_sheet_of(overall_of(cells, order=tuple(METHODS))), form), nl=False)


@commands.command("periods")
def run_periods_of(
    dataset: Dataset,
    backbone: Backbone = "sasrec",
    methods: Annotated[
        str, typer.Option(help="Names with commas between; by default all that go on from what they were.")
    ] = "all",
    seeds: Seeds = "0-4",
    protocol: ProtocolName = USUAL,
    min_rating: MinRating = None,
    columns: Columns = None,
    workers: Workers = 2,
    out: Out = CELLS,
    form: Annotated[Form, typer.Option("--format")] = Form.markdown,
) -> None:
    """Methods over time: recommend for a part, then learn from it. Run what is missing, print the table."""
    from raie.cli.bar import Piece, told
    from raie.experiments.periods.question import periods_question_of
    from raie.experiments.periods.reading import read_periods
    from raie.experiments.periods.run import evolving, plan_periods, run_periods
    from raie.experiments.periods.sheet import periods_sheet_of
    from raie.experiments.periods.table import periods_table_of

    question = periods_question_of(
        dataset,
        backbone=backbone,
        protocol=protocol,
        min_rating=min_rating,
        columns=_columns(columns),
    )
    chosen, numbers = evolving() if methods == "all" else _listed(methods), _seeds(seeds)
    waves = plan_periods(chosen, numbers)
    done = run_periods(waves, out, question, workers=workers)
    told((Piece(task.kind, task.name) for task in done), pieces=_kinds(waves))
    table = periods_table_of(read_periods(out, question, chosen, numbers), order=evolving())
    typer.echo(_rendered(periods_sheet_of(table), form), nl=False)


@commands.command("isolation")
def run_isolation_of(
    dataset: Dataset,
    backbone: Backbone = "sasrec",
    methods: Annotated[
        str, typer.Option(help="Names with commas between; by default lora and RAIE in three forms.")
    ] = "usual",
    seeds: Seeds = "0-4",
    min_rating: MinRating = None,
    columns: Columns = None,
    workers: Workers = 2,
    out: Out = CELLS,
    form: Annotated[Form, typer.Option("--format")] = Form.markdown,
) -> None:
    """What regions keep apart: absence, poison, rollback. Run what is missing, print the table."""
    from raie.cli.bar import Piece, told
    from raie.experiments.isolation.question import isolation_question_of
    from raie.experiments.isolation.reading import read_isolation
    from raie.experiments.isolation.run import plan_isolation, run_isolation
    from raie.experiments.isolation.sheet import isolation_sheet_of
    from raie.experiments.isolation.table import isolation_table_of
    from raie.experiments.isolation.variants import VARIANTS

    question = isolation_question_of(
        dataset, backbone=backbone, min_rating=min_rating, columns=_columns(columns)
    )
    chosen, numbers = list(VARIANTS) if methods == "usual" else _listed(methods), _seeds(seeds)
    waves = plan_isolation(chosen, numbers)
    done = run_isolation(waves, out, question, workers=workers)
    told((Piece(task.kind, task.name) for task in done), pieces=_kinds(waves))
    table = isolation_table_of(read_isolation(out, question, chosen, numbers), order=VARIANTS)
    typer.echo(_rendered(isolation_sheet_of(table), form), nl=False)


def _kinds(waves: "list[list[Task]]") -> Counter[str]:
    return Counter(task.kind for wave in waves for task in wave)


def _rendered(sheet: "Sheet", form: Form) -> str:
    from raie.experiments.tables import document, html, latex, markdown

    renderers = {Form.markdown: markdown, Form.latex: latex, Form.json: document, Form.html: html}
    text: str = renderers[form].render(sheet)
    return text


def _columns(text: str | None) -> "Places | None":
    from raie.experiments.cells.dataset import columns_of

    return None if text is None else columns_of(text)


def _listed(text: str) -> list[str]:
    return [part for part in (each.strip() for each in text.split(",")) if part]


def _seeds(text: str) -> list[int]:
    return [seed for part in _listed(text) for seed in _range(part)]


def _range(text: str) -> range:
    from raie.exceptions import UsageError

    first, _, last = (part.strip() for part in text.partition("-"))
    if not first.isdecimal() or not (last or first).isdecimal() or ("-" in text) != bool(last):
        raise UsageError(f"seed '{text}' is no whole number or range: use for example --seeds 0-2,7")
    return range(int(first), int(last or first) + 1)


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
