"""Published datasets: fetched once, resumed where a connection broke, checked against what was published."""

import hashlib
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from raie.exceptions import MissingError, RefusedError, TransientError, UsageError

AT_ONCE = 1 << 20
"""Bytes read at a time."""
TIMEOUT = 30.0
"""Seconds without an answer after which a connection is given up."""


@dataclass(frozen=True)
class Archive:
    """A ZIP archive as its publisher describes it.

    Attributes
    ----------
    url : str
    size : int
        Bytes.
    md5 : str
        In hex, as published beside the archive; it tells a broken download, not a forged one.
    members : tuple of (str, int)
        Names within the archive and the most bytes that each may hold.
    """

    url: str
    size: int
    md5: str
    members: tuple[tuple[str, int], ...]


_MOVIELENS = "https://files.grouplens.org/datasets/movielens"
ARCHIVES = {
    "movielens-1m": Archive(
        f"{_MOVIELENS}/ml-1m.zip",
        5_917_549,
        "c4d9eecfca2ab87c1945afe126590906",
        (("ml-1m/ratings.dat", 1 << 26), ("ml-1m/movies.dat", 1 << 24)),
    ),
    "movielens-10m": Archive(
        f"{_MOVIELENS}/ml-10m.zip",
        65_566_137,
        "ce571fd55effeba0271552578f2648bd",
        (("ml-10M100K/ratings.dat", 1 << 30), ("ml-10M100K/movies.dat", 1 << 24)),
    ),
}
BY_HAND = {
    "yelp": "Yelp gives its dataset only to who accepts its terms, at "
    "https://business.yelp.com/data/resources/open-dataset/: fetch it there, unpack it and set "
    "data.source: yelp, data.path: .../yelp_academic_dataset_review.json"
}
"""What cannot be fetched, and what to do."""

Tell = Callable[[int, int], None]
"""Told of bytes on disk and bytes in all."""


def fetch_dataset(name: str, folder: Path, *, tell: Tell, mirror: str | None = None) -> list[Path]:
    """Fetch a published dataset into ``folder``, which is created; files that are there are left as they are.

    A download that broke off is continued by the next call.

    Parameters
    ----------
    name : str
        One of ``ARCHIVES``.
    folder : Path
    tell : callable
    mirror : str, optional
        Another address of the same archive.

    Returns
    -------
    list of Path
        The unpacked files.

    Raises
    ------
    UsageError
        If there is no such dataset, it has to be fetched by hand, or the mirror is no web address.
    MissingError
        If the address does not answer, or does not have the archive.
    TransientError
        If the connection broke; what has arrived is kept.
    RefusedError
        If what arrived is not what was published; it is removed.
    """
    if name in BY_HAND:
        raise UsageError(BY_HAND[name])
    if name not in ARCHIVES:
        raise UsageError(f"there is no dataset '{name}': use one of {', '.join((*ARCHIVES, *BY_HAND))}")
    archive = ARCHIVES[name]
    url = mirror or archive.url
    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageError(f"'{url}' is no web address: begin it with https://")
    files = [folder / Path(member).name for member, _ in archive.members]
    if all(file.is_file() for file in files):
        return files
    folder.mkdir(parents=True, exist_ok=True)
    packed = folder / Path(urlsplit(archive.url).path).name
    partial = packed.with_name(packed.name + ".part")
    if not packed.is_file():
        _download(url, partial, archive.size, tell)
        _check(partial, archive)
        partial.replace(packed)
    for (member, most), file in zip(archive.members, files, strict=True):
        _unpack(packed, member, file, most)
    return files


def _download(url: str, partial: Path, size: int, tell: Tell) -> None:
    have = partial.stat().st_size if partial.is_file() else 0
    if have >= size:
        return
    try:
        with _opened(url, have) as answer, partial.open("ab" if answer.status == 206 else "wb") as file:
            have = file.tell()
            while have <= size and (block := answer.read(AT_ONCE)):
                file.write(block)
                have += len(block)
                tell(have, size)
    except (OSError, HTTPException) as error:
        raise TransientError(
            f"the connection to {urlsplit(url).netloc} broke after {have} of {size} bytes "
            f"({type(error).__name__}): run the command again, it goes on from there"
        ) from error
    if have < size:
        raise TransientError(
            f"{urlsplit(url).netloc} stopped after {have} of {size} bytes: run the command again, it goes on "
            "from there"
        )


def _opened(url: str, have: int) -> HTTPResponse:
    headers = {"User-Agent": "raie", **({"Range": f"bytes={have}-"} if have else {})}
    try:
        answer: HTTPResponse = urlopen(Request(url, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        raise MissingError(
            f"{url} answers {error.code} {error.reason}: give another address of it"
        ) from error
    except (URLError, OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        raise MissingError(
            f"{urlsplit(url).netloc} cannot be reached ({why}): go online, or set data.path to a copy "
            "of yours"
        ) from error
    return answer


def _check(partial: Path, archive: Archive) -> None:
    with partial.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    size = partial.stat().st_size
    if (size, digest) != (archive.size, archive.md5):
        partial.unlink()
        raise RefusedError(
            f"what arrived is not {archive.url}: {size} bytes with MD5 {digest}, published are "
            f"{archive.size} with {archive.md5}; it was removed, fetch it again"
        )


def _unpack(packed: Path, member: str, file: Path, most: int) -> None:
    """Write one member under its own name, whatever path the archive gives it."""
    partial = file.with_name(file.name + ".part")
    try:
        with zipfile.ZipFile(packed) as archive:
            if archive.getinfo(member).file_size > most:
                raise RefusedError(f"{member} in {packed} holds more than {most} bytes: get another archive")
            with archive.open(member) as source, partial.open("wb") as target:
                shutil.copyfileobj(source, target, AT_ONCE)
    except (zipfile.BadZipFile, KeyError) as error:
        raise RefusedError(f"{packed} is no archive with {member}: remove it and fetch it again") from error
    partial.replace(file)
