"""MLflow: one run per snapshot, so that nights can be compared."""
