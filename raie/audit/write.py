"""The page as a file."""

import base64
import hashlib
import os
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from raie.audit.chronicle import Chronicle
from raie.audit.colours import named
from raie.audit.document import headline, page_document
from raie.audit.drawings import draw_charts
from raie.audit.drift import drift_per_night
from raie.audit.embedded import embedded_json
from raie.audit.gather import read_chronicle
from raie.audit.lanes import lanes_of
from raie.audit.positions import positions_of, shares_of
from raie.exceptions import UsageError

PAGE = Path(__file__).parent / "page"
SCRIPTS = (
    "data",
    "elements",
    "words",
    "entries",
    "nights",
    "map",
    "regions",
    "ledger",
    "filters",
    "links",
    "start",
)


def write_page(repository: Path, out: Path, *, as_of: str | None = None) -> Path:
    """Write the audit page as of a snapshot, whole or not at all.

    Raises
    ------
    UsageError
        If the file cannot be written there.
    MissingError
        If there is no such snapshot.
    RefusedError
        If the ledger's chain is broken.
    """
    if out.is_dir() or not out.parent.is_dir():
        raise UsageError(f"{out} cannot be written: name a file in a folder that exists")
    text = render_page(read_chronicle(repository, as_of))
    scratch = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written ({error.strerror}): choose another place") from error
    finally:
        scratch.unlink(missing_ok=True)
    return out


def render_page(chronicle: Chronicle) -> str:
    """One HTML document that needs nothing but a browser: equal chronicles give equal text."""
    lanes = lanes_of(chronicle)
    shares, positions = shares_of(chronicle, lanes), positions_of(chronicle, lanes)
    drift = drift_per_night(chronicle)
    charts = draw_charts(chronicle, lanes, shares, positions, drift)
    document = page_document(chronicle, lanes, shares, positions, drift, charts)
    script = "\n".join((PAGE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    environment = _environment()
    style = environment.get_template("audit.css").render(light=named(), dark=named(dark=True))
    return environment.get_template("audit.html.j2").render(
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=Markup(embedded_json(document)),
        charts={name: Markup(chart.svg) for name, chart in charts.items()},
        positions=positions,
        lanes=lanes,
        operations=set(chronicle.edits["operation"]),
        headline=headline(chronicle, lanes),
        night=chronicle.promoted.iloc[-1].to_dict(),
        as_of=chronicle.as_of,
    )


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(PAGE),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _hash(text: str) -> str:
    """What a content security policy names an inline script or style by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
