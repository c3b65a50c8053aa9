"""The life of a region, and of a user: all that happened to them."""
