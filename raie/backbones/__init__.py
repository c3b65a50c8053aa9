"""Sequence models behind one protocol: hidden states, next-item states, item vectors that grow."""
