"""On what a snapshot was made, and on what this process runs."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def made_on(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Machine, libraries and threads that a manifest names."""
    environment = {name: str(value) for name, value in manifest["environment"].items()}
    environment.pop("lock_file", None)
    return {**environment, "threads": str(manifest["params"]["compute"]["threads"])}


def here(made: Mapping[str, str]) -> dict[str, str]:
    """What stands here for each of ``made``'s names."""
    known = {
        "machine": platform.machine(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        # a parameter of the snapshot: the same wherever it is made again
        "threads": made["threads"],
    }
    return {name: known.get(name) or _installed(name) for name in made}


def describe(made: Mapping[str, str], now: Mapping[str, str]) -> str:
    """One line: on what it was made, and what is other here."""
    text = f"made on {made['machine']}, python {made['python']}, {made['threads']} threads"
    other = [f"{name} {now[name]} for {made[name]}" for name in made if made[name] != now[name]]
    return f"{text}; here {', '.join(other) or 'too, with the same libraries'}"


def _installed(name: str) -> str:
    try:
        return version(name).split("+")[0]
    except PackageNotFoundError:
        return "none"
