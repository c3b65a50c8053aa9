"""Methods side by side on one dataset: `raie experiment run` fills a cell per method and seed."""
