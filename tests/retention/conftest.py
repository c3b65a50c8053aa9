"""A repository whose snapshots are folders in DVC's cache, written there without running DVC."""

import hashlib
import json

import pytest

from raie.snapshots.git import git
from raie.snapshots.tags import tag_candidate, tag_snapshot


class Shelf:
    """Makes snapshots of a DVC repository and looks at what its cache holds."""

    def __init__(self, root):
        self.root = root
        self.cache = root / ".dvc" / "cache" / "files" / "md5"

    def keep(self, content):
        """Write an object into the cache and return its digest."""
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        file = self.cache / digest[:2] / digest[2:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return digest

    def keep_folder(self, files):
        """Write a folder of files into the cache and return the digest of its listing."""
        listing = [{"md5": self.keep(text.encode()), "relpath": name} for name, text in sorted(files.items())]
        content = json.dumps(listing).encode()
        digest = self.keep(content)
        plain = self.cache / digest[:2] / digest[2:]
        plain.rename(plain.with_name(plain.name + ".dir"))
        return digest + ".dir"

    def snapshot(self, name, files, *, previous=None, generation=1, refused=False):
        """Tag a snapshot whose data/raw is such a folder."""
        night = {"snapshot": name, "previous": previous, "generation": generation}
        (self.root / "data" / "night.json").write_text(json.dumps(night))
        pointer = {"outs": [{"md5": self.keep_folder(files), "hash": "md5", "path": "raw"}]}
        (self.root / "data" / "raw.dvc").write_text(json.dumps(pointer))
        tag = tag_candidate if refused else tag_snapshot
        tag(self.root, snapshot=name, previous=previous, tracked=["data"], message=name)

    def listing_of(self, ref):
        """File of the listing of data/raw in the cache."""
        pointer = json.loads(git(self.root, "show", f"{ref}:data/raw.dvc"))
        digest = pointer["outs"][0]["md5"]
        return self.cache / digest[:2] / digest[2:]

    def whole(self, ref):
        """Whether every object of a tag is in the cache."""
        listing = self.listing_of(ref)
        if not listing.is_file():
            return False
        digests = [each["md5"] for each in json.loads(listing.read_text())]
        return all((self.cache / each[:2] / each[2:]).is_file() for each in digests)

    def sizes(self):
        """Bytes of every object in the cache."""
        return {file: file.stat().st_size for file in self.cache.rglob("*") if file.is_file()}


@pytest.fixture
def shelf(repository):
    """An empty DVC repository."""
    (repository / ".dvc").mkdir()
    (repository / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
    (repository / ".dvc" / ".gitignore").write_text("/tmp\n/cache\n/config.local\n")
    (repository / ".gitignore").write_text("/.raie\n/data/raw\n")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "-m", "dvc")
    return Shelf(repository)


@pytest.fixture
def winter(shelf):
    """Snapshots of three months, each with a file of its own and one that all share."""
    previous = None
    for name in ("2024-01-10", "2024-01-20", "2024-01-31", "2024-02-10", "2024-02-20", "2024-03-01"):
        shelf.snapshot(name, {"own": f"of {name}" * 10, "shared": "everywhere"}, previous=previous)
        previous = name
    shelf.snapshot("2024-02-15", {"own": "of a refused one", "shared": "everywhere"}, refused=True)
    git(shelf.root, "checkout", "--quiet", "--force", "HEAD")
    (shelf.root / "data" / "raw.dvc").unlink()
    return shelf
