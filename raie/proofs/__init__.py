"""Proof that a snapshot is what it says it is."""
