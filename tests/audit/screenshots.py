"""Pictures of a page for the documentation, and how long it took to open.

Run as ``python -m tests.audit.screenshots reports/audit.html docs``.
"""

import statistics
import sys
from pathlib import Path

from PIL import Image

from tests.audit.chromium import Browser, Tab, find_browser

SIZES = {"desktop": {"width": 1280, "height": 2190}, "phone": {"width": 390, "height": 1340, "phone": True}}
OPENINGS = 5
COLOURS = 256
SECONDS = "(t => (t.loadEventEnd - t.navigationStart) / 1000)(performance.timing)"


def main(page, folder):
    """Open the page a few times in each size; keep the last of each."""
    for name, size in SIZES.items():
        seconds = []
        for _ in range(OPENINGS):
            with Browser(find_browser()) as browser:
                tab = Tab(browser, page, **size)
                seconds.append(tab.evaluate(SECONDS))
                picture = folder / f"audit-{name}.png"
                tab.picture(picture)
        # a third of the bytes; rare colours keep theirs
        few = Image.open(picture).convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
        few.save(picture, optimize=True)
        print(f"{name}: opened in {statistics.median(seconds):.2f} s (median of {OPENINGS})")  # noqa: T201


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
