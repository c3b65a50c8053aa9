"""Many git objects at once: one process for all of them, where `show` starts one for each."""

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from raie.exceptions import RefusedError, UsageError
from raie.snapshots.git import git, inherited

_FORMAT = "%(refname:strip=2) %(objectname) %(*objectname)"


def tagged_commits(repository: Path, *prefixes: str) -> dict[str, str]:
    """Commit of every tag whose name begins with one of the prefixes, by the tag's name.

    Parameters
    ----------
    repository : Path
    *prefixes : str
        Such as ``snapshot/``, with the slash.
    """
    patterns = [f"refs/tags/{prefix}" for prefix in prefixes]
    lines = git(repository, "for-each-ref", f"--format={_FORMAT}", *patterns).splitlines()
    # of an annotated tag the last id is the commit's; a lightweight one has only its own
    return {name: ids[-1] for name, *ids in map(str.split, lines)}


def read_blobs(repository: Path, names: Iterable[str]) -> Iterator[bytes | None]:
    """Contents of many blobs, in the order asked for; None where there is no such blob.

    Parameters
    ----------
    repository : Path
    names : iterable of str
        Each as git names it: ``<commit or tag>:<path>``.

    Raises
    ------
    UsageError
        If a name holds a line break.
    RefusedError
        If git stops before the last one: the repository is damaged.
    """
    asked = list(names)
    with tempfile.TemporaryFile() as wanted:
        # a file, not a pipe: git would stop reading names while we are not reading contents
        wanted.write("".join(_line(name) for name in asked).encode())
        wanted.seek(0)
        command = ["git", "cat-file", "--batch"]
        with subprocess.Popen(
            command,
            cwd=repository,
            env=inherited(),
            stdin=wanted,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None
            try:
                for name in asked:
                    yield _next(process.stdout, name)
            finally:
                process.kill()


def _line(name: str) -> str:
    if "\n" in name:
        raise UsageError(f"{name!r} holds a line break: no file of a snapshot is named so")
    return name + "\n"


def _next(stream: IO[bytes], name: str) -> bytes | None:
    """Read one answer: a line with id, type and size, then the contents and a line break."""
    header = stream.readline()
    if header.endswith((b" missing\n", b" ambiguous\n")):
        return None
    try:
        _, kind, size = header.rsplit(maxsplit=2)
        content = stream.read(int(size))
    except ValueError as error:
        raise RefusedError(f"git cannot read {name}: run git fsck") from error
    if len(content) != int(size) or stream.read(1) != b"\n":
        raise RefusedError(f"git cannot read {name}: run git fsck")
    return content if kind == b"blob" else None
