"""Methods side by side on a dataset, and questions asked of snapshots, such as what a night changed."""
