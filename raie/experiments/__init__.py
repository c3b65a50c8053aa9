"""Questions asked of snapshots, such as what a night changed on the day after it."""
