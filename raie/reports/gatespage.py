"""The gates of a run as a page that is stored with the snapshot and needs nothing but a browser."""

from pathlib import Path

from raie.reports.gatedocuments import read_gates
from raie.reports.pages import render


def render_gates(gates: Path) -> str:
    """Render what the gates of a run said.

    Parameters
    ----------
    gates : Path
        Folder of ``<gate>.json``; a gate without a document, as after a ``dvc repro`` typed by hand, is shown
        as not judged, and a document that cannot be read with its fault.

    Returns
    -------
    str
        One HTML document without scripts or links to anything outside it: equal documents give equal text.
    """
    return render("gates.html", gates=read_gates(gates))
