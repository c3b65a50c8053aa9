"""RAIE: region-aware incremental preference editing for sequential recommenders."""

import os

# Threads that wait busily starve each other on a machine with other work (measured: 5 times slower with
# two threads on two busy cores). OpenMP reads this once, before torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
