"""RAIE's parts: who is in which region, and what a region owns beside its place."""
