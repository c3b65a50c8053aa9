"""What a piece of work took, in this process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass
class Cost:
    """Filled when the work ends.

    Attributes
    ----------
    seconds : float
        Of processor time, all threads.
    peak_memory_bytes : int or None
        Largest resident size meanwhile, what was there before included; None where Linux does not tell.
    """

    seconds: float = 0.0
    peak_memory_bytes: int | None = None


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure what runs inside."""
    cost, began = Cost(), time.process_time()
    known = _forget_peak()
    try:
        yield cost
    finally:
        cost.seconds = time.process_time() - began
        cost.peak_memory_bytes = _peak() if known else None


def _forget_peak() -> bool:
    """Start the kernel's record of the largest size anew; False where that cannot be done."""
    try:
        _RESET.write_text("5")
    except OSError:
        return False
    return True


def _peak() -> int | None:
    lines = _STATUS.read_text().splitlines()
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 if found else None
