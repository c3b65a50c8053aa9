"""Interactions: files in, a typed table out, cut by time, and the embedded synthetic population."""
