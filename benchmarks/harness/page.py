"""The results as one page that opens offline."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from benchmarks.harness.chart import ratio_chart
from benchmarks.harness.results import shown
from raie.audit.colours import named

FOLDER = Path(__file__).parent


def render_page(document: dict[str, Any]) -> str:
    """One HTML document that needs nothing but a browser and runs no script."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = environment.get_template("page.css").render(light=named(), dark=named(dark=True))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    charts = {name: Markup(ratio_chart(name, each)) for name, each in document["comparisons"].items()}
    return environment.get_template("page.html.j2").render(
        document, charts=charts, shown=shown, style=Markup(style), style_hash=f"sha256-{digest}"
    )


def write_page(document: dict[str, Any], path: Path) -> Path:
    """Write the page to ``path``."""
    path.write_text(render_page(document), encoding="utf-8")
    return path
