"""DVC's cache, read directly: what a file's bytes really are."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from raie.exceptions import RefusedError
from raie.snapshots.cached import cache_folder
from raie.snapshots.remedy import FETCH, how_to_fetch

CHUNK = 1 << 20
DIRECTORY = ".dir"
_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")


@dataclass(frozen=True)
class Facts:
    """MD5 and SHA-256 (hex) and size in bytes of a file, as read."""

    md5: str
    sha256: str
    size: int


@dataclass
class Cache:
    """The cache of one repository; every object in it is read once.

    Attributes
    ----------
    folder : Path
    how_to_fetch : str
        What brings an object that it lacks.
    seen : dict of str to Facts
        What was read, by the MD5 it lies under.
    """

    folder: Path
    how_to_fetch: str = FETCH
    seen: dict[str, Facts] = field(default_factory=dict)

    @classmethod
    def of(cls, repository: Path) -> "Cache":
        """Cache of a checkout, wherever DVC's settings put it."""
        return cls(cache_folder(repository), how_to_fetch(repository))

    def path(self, md5: str) -> Path:
        """Where an object lies.

        Raises
        ------
        RefusedError
            If the text is no MD5: it comes from a file that anybody may have written.
        """
        if not _MD5.fullmatch(md5):
            raise RefusedError(f"{md5!r} is no MD5 of DVC's: restore the tag whose dvc.lock says so")
        return self.folder / md5[:2] / md5[2:]

    def facts(self, md5: str) -> Facts | None:
        """Rehash an object; None where the cache does not hold it."""
        if md5 not in self.seen:
            if not self.path(md5).is_file():
                return None
            self.seen[md5] = _read(self.path(md5))
        return self.seen[md5]


def _read(path: Path) -> Facts:
    md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            md5.update(chunk)
            sha256.update(chunk)
            size += len(chunk)
    return Facts(md5.hexdigest(), sha256.hexdigest(), size)
