"""A model card per snapshot: what it is, how good, how sure that is, and where it fails."""
