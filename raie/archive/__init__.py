"""What all tags say, in one index that is quick to ask."""
