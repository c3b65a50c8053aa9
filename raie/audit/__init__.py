"""The audit page: one file that shows every region's history."""
