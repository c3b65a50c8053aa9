"""Histories and windows: what a backbone reads, cut from accepted interactions."""
