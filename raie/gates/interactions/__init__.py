"""The gate on incoming interactions: row by row, file by file, and as one delivery."""
