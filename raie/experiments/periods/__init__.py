"""Methods over time: a part of what came is recommended for, then learnt from, one part after another."""
