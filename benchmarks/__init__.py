"""Ratios measured in one run against named references: `python -m benchmarks`; see docs/benchmarks.md."""
