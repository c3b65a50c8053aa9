"""Histories as unit vectors, the space in which regions live."""
