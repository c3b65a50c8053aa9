"""Why a sequence updated a region, expanded it or went into the pool, in words."""

import math
from collections.abc import Mapping
from typing import Any


def limit(decision: Mapping[str, Any]) -> float:
    """Radians beyond which a sequence goes into the pool: (1 + expansion) R, at most pi."""
    return float(min((1.0 + decision["expansion"]) * decision["radius"], math.pi))


def reason(decision: Mapping[str, Any]) -> str:
    """Name the thresholds that decided.

    Parameters
    ----------
    decision : mapping
        operation, angle, radius (radians), expansion, margin and min_posterior_margin, as the stage edit
        wrote them.
    """
    angle, radius = decision["angle"], decision["radius"]
    inside = f"angle {angle:.3f} {'<=' if angle <= radius else '>'} radius {radius:.3f}"
    clear = decision["margin"] >= decision["min_posterior_margin"]
    margin = f"margin {decision['margin']:.3f} {'>=' if clear else '<'} {decision['min_posterior_margin']:g}"
    if decision["operation"] == "pool":
        return f"angle {angle:.3f} > {limit(decision):.3f}, beyond the region and its expansion"
    if decision["operation"] == "expand" and angle > radius:
        return f"{inside}, and <= {limit(decision):.3f}"
    return f"{inside}, {margin}"
