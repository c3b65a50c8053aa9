"""Snapshots: tags, work trees, the ledger and the manifest of what a run produced."""
