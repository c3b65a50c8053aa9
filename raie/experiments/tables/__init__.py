"""Cells of an offline experiment in, the comparison table of a paper out."""
