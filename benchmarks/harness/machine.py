"""What ran the comparisons: context for seconds, never part of a ratio."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from subprocess import run
from typing import Any

import torch

LIBRARIES = ("torch", "numpy", "transformers", "peft", "scikit-learn")


def machine_facts() -> dict[str, Any]:
    """Processor, cores, threads and versions; no name of the machine or of anybody."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def run_facts() -> dict[str, Any]:
    """When, and of which commit; ``-changed`` where the working tree differs from it."""
    described = run(
        ["git", "describe", "--always", "--dirty=-changed", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": described.stdout.strip() or "unknown",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
