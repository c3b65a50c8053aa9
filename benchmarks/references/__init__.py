"""The other side of every comparison: plain code of ours, or a library in an environment of its own."""
