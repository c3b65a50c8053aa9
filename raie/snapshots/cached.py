"""Single files of snapshots, read where DVC's cache holds them: nothing is copied.

`raie.snapshots.opened.open_output` copies a whole output; who wants one file of many snapshots asks here.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from raie.exceptions import MissingError
from raie.snapshots.dvc import dvc_config
from raie.snapshots.lock import WORK
from raie.snapshots.objects import read_blobs
from raie.snapshots.remedy import how_to_fetch
from raie.snapshots.remote import has_remote
from raie.snapshots.tags import PREFIX, tag_of

LOCK = "dvc.lock"
_DIGEST = re.compile(r"[0-9a-f]{32}(\.dir)?")
_OUTS = re.compile(r"^    outs:\n((?:    [ -].*\n)+)", re.MULTILINE)
_ENTRY = re.compile(r"    - path: (.+)\n(?:      .*\n)*?      md5: (.+)\n")


def cached_file(repository: Path, snapshot: str, path: str) -> Path | None:
    """Find one file of one snapshot as `cached_files` does; None where it is not at hand."""
    return cached_files(repository, [snapshot], path).get((snapshot, path))


def cached_files(repository: Path, snapshots: Iterable[str], *paths: str) -> dict[tuple[str, str], Path]:
    """Find files as of many snapshots, in DVC's cache or where they were opened before.

    Parameters
    ----------
    repository : Path
    snapshots : iterable of str
        Ids of snapshots, or candidates' tags.
    *paths : str
        Files within outputs, such as ``data/decisions/decisions.parquet``.

    Returns
    -------
    dict of (str, str) to Path
        Where each lies, by snapshot and path; what is not at hand, or does not exist, is left out. Never
        write to one: it is the cache's own.
    """
    tags = {snapshot: tag_of(snapshot) for snapshot in snapshots}
    cache, found = cache_folder(repository), {}
    locks = read_blobs(repository, [f"{tag}:{LOCK}" for tag in tags.values()])
    for (snapshot, tag), lock in zip(tags.items(), locks, strict=True):
        listings = _Listings(cache, _locked_digests((lock or b"").decode()))
        opened = repository / WORK / "opened" / tag.removeprefix(PREFIX)
        for path in paths:
            file = listings.find(path) or opened / PurePosixPath(path).relative_to("data")
            if file.is_file():
                found[snapshot, path] = file
    return found


def files_of(repository: Path, snapshot: str, *paths: str) -> dict[str, Path]:
    """Find files of one snapshot, fetched from a remote where the cache lacks them.

    Raises
    ------
    MissingError
        If one is in neither.
    """
    found = {path: file for (_, path), file in cached_files(repository, [snapshot], *paths).items()}
    if len(found) == len(paths):
        return found
    lacking = next(path for path in paths if path not in found)
    if not has_remote(repository):
        remedy = how_to_fetch(repository)
        raise MissingError(f"snapshot {snapshot}: {lacking} is not in the cache: {remedy}")
    # importing what fetches takes a second
    from raie.snapshots.opened import open_output

    for output in sorted({_output(path).name for path in paths}):
        open_output(repository, snapshot, output)
    found = {path: file for (_, path), file in cached_files(repository, [snapshot], *paths).items()}
    if len(found) < len(paths):
        raise MissingError(f"snapshot {snapshot} holds no {lacking}: another version made it")
    return found


def cache_folder(repository: Path) -> Path:
    """Folder of the objects in the DVC cache that a checkout uses."""
    configured = dvc_config(repository)["cache"].get("dir")
    return Path(configured or repository / ".dvc" / "cache") / "files" / "md5"


class _Listings:
    """Listings of one snapshot's outputs, each read once."""

    def __init__(self, cache: Path, digests: dict[str, str]) -> None:
        self._cache, self._digests, self._read = cache, digests, dict[str, dict[str, str]]()

    def find(self, path: str) -> Path | None:
        """Where the cache keeps a file, if the listing of its output is at hand."""
        output = str(_output(path))
        if output not in self._read:
            self._read[output] = self._listing(self._digests.get(output, ""))
        return self._object(self._read[output].get(str(PurePosixPath(path).relative_to(output)), ""))

    def _listing(self, digest: str) -> dict[str, str]:
        listing = self._object(digest)
        if listing is None or not listing.is_file():
            return {}
        try:
            files = json.loads(listing.read_text(encoding="utf-8"))
            return {str(file["relpath"]): str(file["md5"]) for file in files}
        except (ValueError, TypeError, KeyError):
            return {}  # damaged: raie snapshot verify says so

    def _object(self, digest: str) -> Path | None:
        return self._cache / digest[:2] / digest[2:] if _DIGEST.fullmatch(digest) else None


def _output(path: str) -> PurePosixPath:
    return PurePosixPath(*PurePosixPath(path).parts[:2])


def _locked_digests(lock: str) -> dict[str, str]:
    """Digests of a lock file's outputs; a YAML parser would spend half a minute on a year's nights."""
    return {path: digest for outs in _OUTS.findall(lock) for path, digest in _ENTRY.findall(outs)}
