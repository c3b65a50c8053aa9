"""Whether a candidate may become champion: arrays in, a verdict with its reasons out."""
