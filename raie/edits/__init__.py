"""Region-aware edits: decide, absorb, propose, merge, retire; the region set is the fold of its edits."""
