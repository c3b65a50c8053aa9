"""Many tagged commits at once, as git fast-import reads them."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from raie.snapshots.git import git

_BRANCH = "refs/heads/imported"


@dataclass
class Import:
    """A running import; marks count the commits from 1."""

    stream: IO[bytes]
    code_commit: str
    seconds: int
    mark: int = 0

    def tag(self, name: str, files: Mapping[str, str], *, follows: bool) -> None:
        """Commit files on top of the code, with the commit before as second parent, and tag the commit."""
        self.mark, self.seconds = self.mark + 1, self.seconds + 86_400
        who = f"RAIE <raie@localhost> {self.seconds} +0000"
        self._line(f"commit {_BRANCH}\nmark :{self.mark}\ncommitter {who}")
        self._data(f"Snapshot {name}")
        self._line(f"from {self.code_commit}")
        if follows:
            self._line(f"merge :{self.mark - 1}")
        for path, text in files.items():
            self._line(f"M 100644 inline {path}")
            self._data(text)
        self._line(f"tag {name}\nfrom :{self.mark}\ntagger {who}")
        self._data(f"Snapshot {name}")

    def _line(self, text: str) -> None:
        self.stream.write(f"{text}\n".encode())

    def _data(self, text: str) -> None:
        content = text.encode()
        self.stream.write(b"data %d\n%s\n" % (len(content), content))


@contextmanager
def importing(repository: Path, *, code_commit: str, seconds: int) -> Iterator[Import]:
    """Import commits and tags; they are there once this ends."""
    command = ["git", "-c", "core.compression=1", "fast-import", "--quiet", "--force"]
    with subprocess.Popen(command, cwd=repository, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        yield Import(process.stdin, code_commit, seconds)
    if process.returncode != 0:
        raise SystemExit(f"git fast-import failed with status {process.returncode}")
    git(repository, "update-ref", "-d", _BRANCH)
