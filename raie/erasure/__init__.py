"""Taking a user's events out: where they are, what they had a part in, and what has to be made anew."""
