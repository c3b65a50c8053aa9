"""The comparisons, one per module; a module is imported when its comparison is asked for."""

from importlib import import_module

from benchmarks.harness.comparison import Comparison

NAMES = ("stackedtraining", "mixedscoring", "backbonestep", "peak", "kmeans", "fstage", "variants")


def comparison_named(name: str) -> Comparison:
    """Return the comparison of a module of this package, one of ``NAMES``."""
    comparison: Comparison = import_module(f"{__name__}.{name}").COMPARISON
    return comparison
