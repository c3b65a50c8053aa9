"""Where no region serves."""

BASE = -1
"""In place of a region's row: the base model serves, without anything that a region owns."""
