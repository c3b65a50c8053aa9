"""DVC stages: arguments in, rooms called, outputs written. One file per verb."""
