"""Matplotlib's SVG made fit for the page: no inline style, colours by name, our own ids only.

The page's policy forbids style attributes, and colours must follow the reader's scheme, so every declaration
becomes a presentation attribute and every colour a variable of the stylesheet.
"""

import io
import re
from xml.etree import ElementTree as Xml

from matplotlib import rc_context
from matplotlib.figure import Figure

from raie.audit.colours import LIGHT, named

XLINK = "{http://www.w3.org/1999/xlink}href"
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "raie",
    "path.simplify": False,
    "text.color": LIGHT["quiet"],
    "axes.edgecolor": LIGHT["line"],
    "axes.labelcolor": LIGHT["quiet"],
    "xtick.color": LIGHT["quiet"],
    "ytick.color": LIGHT["quiet"],
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 9,
}
POINTS_PER_INCH = 72
_NAMES = {value: f"var(--{name})" for name, value in named().items()}
_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_GEOMETRY = ("d", "transform", "x", "y", "width", "height", "points", "viewBox")
_DROPPED = {"metadata", "style"}


drawn = rc_context(STYLE)
"""Decorates a function that draws: matplotlib's settings hold within it alone."""


def new_figure(width: float, height: float) -> Figure:
    """Return a figure of so many SVG units."""
    return Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH))


def to_svg(figure: Figure, name: str, *, title: str) -> str:
    """Draw a figure as an ``svg`` element.

    Parameters
    ----------
    figure : Figure
        Artists whose gid begins with ``<name>-`` keep it as their id; all other ids are dropped or made
        unique to the chart.
    name : str
        Of the chart.
    title : str
        What a screen reader says.
    """
    buffer = io.BytesIO()
    metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=metadata, transparent=True)
    root = Xml.fromstring(buffer.getvalue())
    _clean(root, name)
    root.attrib.pop("version", None)
    root.attrib |= {size: root.attrib[size].removesuffix("pt") for size in ("width", "height")}
    root.attrib |= {"class": "chart", "role": "img", "aria-label": title, "id": f"chart-{name}"}
    return Xml.tostring(root, encoding="unicode")


def _clean(element: Xml.Element, name: str) -> None:
    element.tag = element.tag.rpartition("}")[2]
    for child in list(element):
        _clean(child, name)
        if child.tag in _DROPPED:
            element.remove(child)
    _unstyle(element)
    _rename(element, name)
    element.text = element.text if (element.text or "").strip() else None
    element.tail = None
    for attribute in _GEOMETRY:
        if attribute in element.attrib:
            element.attrib[attribute] = _shortened(element.attrib[attribute])


def _unstyle(element: Xml.Element) -> None:
    for declaration in element.attrib.pop("style", "").split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if value and key != "font":
            element.attrib[key] = value
    for key in ("fill", "stroke"):
        if key in element.attrib:
            element.attrib[key] = _NAMES.get(element.attrib[key].lower(), element.attrib[key])


def _rename(element: Xml.Element, name: str) -> None:
    identifier = element.attrib.pop("id", None)
    if identifier is not None and identifier.startswith(f"{name}-"):
        element.attrib["id"] = identifier
    elif identifier is not None and element.tag != "g":
        element.attrib["id"] = f"{name}-{identifier}"
    target = element.attrib.pop(XLINK, None)
    if target is not None:
        element.attrib["href"] = f"#{name}-{target[1:]}" if element.tag == "use" else target
    if element.tag == "a":
        # the same links stand below the charts, where the keyboard finds them
        element.attrib |= {"tabindex": "-1"}
        element.attrib.pop("target", None)
    if "clip-path" in element.attrib:
        element.attrib["clip-path"] = element.attrib["clip-path"].replace("url(#", f"url(#{name}-")


def _shortened(value: str) -> str:
    """Coordinates with two decimals: a hundredth of a pixel."""
    return " ".join(_NUMBER.sub(lambda found: f"{float(found[0]):.2f}", value).split())
