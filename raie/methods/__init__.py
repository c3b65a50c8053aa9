"""Every way to keep a recommender current that RAIE is measured against, one per file, and RAIE itself."""
