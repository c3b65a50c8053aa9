"""Artefacts: every file that DVC keeps of a snapshot, rehashed, against its lock file and its manifest."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from raie.proofs.cache import DIRECTORY, Cache, Facts
from raie.proofs.link import Link
from raie.proofs.mismatch import MismatchError, expect

INBOX = "data/inbox"


@dataclass
class Rehashed:
    """What was found of a snapshot in the cache.

    Attributes
    ----------
    files : dict of str to dict of str to Path
        Where each file lies, by output and by its path in it.
    absent : int
        Objects that the cache does not hold.
    """

    files: dict[str, dict[str, Path]] = field(default_factory=dict)
    absent: int = 0


def rehash(link: Link, cache: Cache) -> Rehashed:
    """Rehash all that DVC keeps of a snapshot: its delivery and its stages' outputs.

    Raises
    ------
    MismatchError
        Naming the first file, if its bytes or its folder's listing are not what is recorded.
    """
    kept = {path: out for path, out in link.outputs.items() if path not in link.files}
    delivered = {path: out for path, out in link.pointers.items() if path == INBOX}
    artefacts: Mapping[str, Mapping[str, str]] = link.manifest["artefacts"]
    lacking = sorted(set(artefacts) - {path.removeprefix("data/") for path in kept})
    expect(link.tag, "artefacts of the manifest that dvc.lock lacks", [], lacking)
    found = Rehashed()
    for path, out in sorted({**kept, **delivered}.items()):
        found.files[path] = _Output(link, cache, path, out).check(
            found, artefacts.get(path.removeprefix("data/"))
        )
    return found


@dataclass(frozen=True)
class _Output:
    """One output of a snapshot."""

    link: Link
    cache: Cache
    path: str
    out: Mapping[str, Any]

    def check(self, found: Rehashed, digests: Mapping[str, str] | None) -> dict[str, Path]:
        """Where the output's files lie, after they were rehashed; ``digests`` are the manifest's."""
        listing = self._listing(found)
        if listing is None:
            return {}
        if digests is not None:
            what = f"files of {self.path}, by the manifest,"
            expect(self.link.tag, what, *_differing(digests, listing))
        present, size = {}, 0
        for name, md5 in listing.items():
            file = f"{self.path}/{name}" if name else self.path
            facts = self._rehashed(md5, file, found)
            if facts is not None:
                size += facts.size
                present[name] = self.cache.path(md5)
                if digests is not None:
                    what = f"SHA-256 of {file}, by the manifest,"
                    expect(self.link.tag, what, digests[name], facts.sha256)
        if len(present) == len(listing):
            expect(self.link.tag, f"size of {self.path}, by dvc.lock,", self.out["size"], size)
        return present

    def _listing(self, found: Rehashed) -> dict[str, str] | None:
        """MD5 of each file, by its path; None where the listing is not here."""
        md5 = str(self.out["md5"])
        if not md5.endswith(DIRECTORY):
            return {"": md5}
        if self._rehashed(md5, f"the listing of {self.path}", found) is None:
            return None
        rows = json.loads(self.cache.path(md5).read_text(encoding="utf-8"))
        listing = {str(row["relpath"]): str(row["md5"]) for row in rows}
        expect(self.link.tag, f"files of {self.path}, by dvc.lock,", self.out["nfiles"], len(listing))
        return listing

    def _rehashed(self, md5: str, what: str, found: Rehashed) -> Facts | None:
        facts = self.cache.facts(md5)
        if facts is None:
            found.absent += 1
        elif facts.md5 != md5.removesuffix(DIRECTORY):
            remedy = f"delete {self.cache.path(md5)}, then {self.cache.how_to_fetch}"
            raise MismatchError(self.link.tag, f"MD5 of {what}", expected=md5, found=facts.md5, remedy=remedy)
        return facts


def _differing(expected: Iterable[str], found: Iterable[str]) -> Iterator[str | None]:
    """The first few names that only the one and only the other has; None where there are none."""
    for names in (set(expected) - set(found), set(found) - set(expected)):
        yield ", ".join(sorted(names)[:3]) or None
