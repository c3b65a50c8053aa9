"""Names of the columns every table of interactions uses."""

USER = "user_id"
ITEM = "item_id"
TIMESTAMP = "timestamp"
RATING = "rating"

INTERACTION = (USER, ITEM, TIMESTAMP, RATING)

# Where a staged row came from and what, if anything, is wrong with it.
FILE = "file"
LINE = "line"
FAULT = "fault"
