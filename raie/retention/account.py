"""What a pruning came to, as rows and in one line."""

from typing import Any

from raie.retention.prune import Pruning
from raie.snapshots.tags import PREFIX

_STEP = 1000
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def rows(pruning: Pruning) -> list[dict[str, Any]]:
    """One row per tag: its id (a candidate's tag), what becomes of its data, and why it is kept.

    Data are ``kept``, ``freed``, ``freed before``, or ``missing``: kept from now on, but not all there.
    """
    return [
        {"snapshot": ref.removeprefix(PREFIX), "data": _state(pruning, ref), "why": list(why)}
        for ref, why in pruning.reasons.items()
    ]


def account(pruning: Pruning, *, dry: bool) -> str:
    """How many are kept and freed, and how much room that makes."""
    garbage, n_gone = pruning.garbage, len(pruning.gone.intersection(pruning.freed))
    kept, freed = len(pruning.reasons) - len(pruning.freed), len(pruning.freed) - n_gone
    would = "would be freed" if dry else "freed"
    before = f" ({n_gone} before)" if n_gone else ""
    parts = [f"{readable(garbage.size)} of the cache ({garbage.objects} objects)"]
    if pruning.opened:
        parts.append(f"{readable(pruning.opened)} of opened copies")
    if garbage.remote_objects:
        parts.append(f"{garbage.remote_objects} objects of the remote")
    return f"{kept} kept, {freed} {would}{before}: {', '.join(parts)}"


def readable(size: int) -> str:
    """A number of bytes in the largest unit that leaves at least one."""
    value, unit = float(size), 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{size} {_UNITS[0]}"


def _state(pruning: Pruning, ref: str) -> str:
    gone = ref in pruning.gone
    if pruning.reasons[ref]:
        return "missing" if gone else "kept"
    return "freed before" if gone else "freed"
