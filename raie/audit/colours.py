"""The page's colours: one name per role, with a value on light and one on dark paper.

Charts are drawn with the light values, by which `raie.audit.svg` finds the names again: no two share one.
"""

LIGHT = {
    "paper": "#fdfdfc",
    "raised": "#ffffff",
    "tint": "#f1f2f3",
    "line": "#d9dadd",
    "quiet": "#5c6066",
    "ink": "#1c1d1f",
    "link": "#1f5a99",
    "good": "#1d6b3a",
    "warn": "#8a5200",
    "bad": "#a8211d",
    "update": "#b9c7db",
    "expand": "#6288b8",
    "add": "#2c9a57",
    "reject": "#c9a227",
    "retention": "#1f5a9a",
    "forward": "#c2601a",
    "base": "#8d9299",
    "drift": "#6a5a9e",
}
DARK = {
    "paper": "#151618",
    "raised": "#1c1e21",
    "tint": "#232529",
    "line": "#3a3d42",
    "quiet": "#a2a6ad",
    "ink": "#e7e8ea",
    "link": "#8dbdf2",
    "good": "#7fcf9a",
    "warn": "#edb35c",
    "bad": "#ff9b93",
    "update": "#4a5a73",
    "expand": "#7fa6d8",
    "add": "#62c98a",
    "reject": "#d9b84a",
    "retention": "#8dbdf1",
    "forward": "#f2a263",
    "base": "#8a8f97",
    "drift": "#b3a4ea",
}
REGIONS_LIGHT = (
    "#2f6db5", "#c8651b", "#2f8f4e", "#b3336b", "#7a52b3", "#12858c", "#9a7b0a", "#c0392b", "#566b8c",
    "#6b7d1f",
)  # fmt: skip
REGIONS_DARK = (
    "#6fa8ea", "#f0995a", "#6cc98b", "#ec7fb0", "#b497ec", "#4fc3c9", "#d6b84b", "#f2857a", "#9fb2d0",
    "#b0c25a",
)  # fmt: skip


def region_colour(number: int) -> str:
    """Light value of a region's colour, by its place in the order of births."""
    return REGIONS_LIGHT[number % len(REGIONS_LIGHT)]


def named(*, dark: bool = False) -> dict[str, str]:
    """Value of every name, regions' colours as ``c0`` and on."""
    regions = REGIONS_DARK if dark else REGIONS_LIGHT
    return {**(DARK if dark else LIGHT), **{f"c{place}": value for place, value in enumerate(regions)}}
