"""Retention: which snapshots keep their data, holds on them, and freeing what no kept one needs."""
