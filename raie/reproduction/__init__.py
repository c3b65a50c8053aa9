"""A snapshot made again from its tag, and compared."""
