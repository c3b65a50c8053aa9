"""MLflow: a run per tag and a model version per snapshot, all of it read from the tags."""
