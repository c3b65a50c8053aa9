"""Preference regions on the unit sphere: spherical k-means, von Mises-Fisher, the region set."""
