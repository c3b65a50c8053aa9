"""Git's objects, each rehashed when it is first read: git itself trusts what lies in its store."""

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from raie.proofs.mismatch import MismatchError, restore_tag
from raie.snapshots.git import git, inherited

SUBMODULE = "160000"
TREE = "40000"
TAGS = "refs/tags/"


@dataclass(frozen=True)
class GitObject:
    """One object: its name, kind (commit, tree, blob or tag) and bytes."""

    oid: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Blob:
    """What DVC knows a file by: MD5 (hex) and size in bytes."""

    md5: str
    size: int


@dataclass
class Objects:
    """Reader of one repository's objects; a file or folder that was read once is not rehashed.

    Attributes
    ----------
    process : subprocess.Popen
        ``git cat-file --batch``.
    algorithm : str
        Git's hash in this repository: sha1 or sha256.
    replaced : frozenset of str
        Objects in whose place git shows others (``git replace``).
    blobs : dict of str to Blob
    trees : dict of str to dict of str to str
        Blob of every file below a tree, by path.
    """

    process: "subprocess.Popen[bytes]"
    algorithm: str
    replaced: frozenset[str]
    blobs: dict[str, Blob] = field(default_factory=dict)
    trees: dict[str, dict[str, str]] = field(default_factory=dict)

    def read(self, name: str, *, where: str, what: str) -> GitObject:
        """Object of a name, rehashed.

        Raises
        ------
        MismatchError
            If it is missing, damaged or not what its name says.
        """
        read = self.ask(name)
        if read is None:
            expected = "readable" if name.startswith(TAGS) else name
            found, remedy = "nothing that git can read", _remedy(name)
            raise MismatchError(where, what, expected=expected, found=found, remedy=remedy)
        if read.oid in self.replaced:
            remedy = f"git replace --delete {read.oid}"
            raise MismatchError(where, what, expected=read.oid, found="an object in its place", remedy=remedy)
        hashed = self._hash(read)
        if hashed != read.oid:
            remedy = _remedy(read.oid)
            raise MismatchError(where, what, expected=read.oid, found=hashed, remedy=remedy)
        return read

    def ask(self, name: str) -> GitObject | None:
        """Object of a name as git gives it, None where it gives none."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(f"{name}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            return None
        return _answer(self.process.stdout)

    def files(self, tree: str, *, where: str, folder: str = "") -> dict[str, str]:
        """Blob of every file below a tree, by path; all of them are rehashed."""
        if tree not in self.trees:
            content = self.read(tree, where=where, what=f"git's tree {folder or '/'}").content
            self.trees[tree] = {}
            for mode, name, oid in self._entries(content):
                path = f"{folder}{name}"
                if mode == TREE:
                    below = self.files(oid, where=where, folder=f"{path}/")
                    self.trees[tree] |= {f"{name}/{each}": blob for each, blob in below.items()}
                elif mode != SUBMODULE:
                    self._note(oid, where, path)
                    self.trees[tree][name] = oid
        return self.trees[tree]

    def _entries(self, content: bytes) -> Iterator[tuple[str, str, str]]:
        size = hashlib.new(self.algorithm).digest_size
        while content:
            head, _, rest = content.partition(b"\0")
            mode, _, name = head.partition(b" ")
            yield mode.decode(), name.decode("utf-8", "surrogateescape"), rest[:size].hex()
            content = rest[size:]

    def _note(self, oid: str, where: str, path: str) -> None:
        if oid not in self.blobs:
            content = self.read(oid, where=where, what=f"git's {path}").content
            md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
            self.blobs[oid] = Blob(md5, len(content))

    def _hash(self, read: GitObject) -> str:
        hashed = hashlib.new(self.algorithm, f"{read.kind} {len(read.content)}\0".encode())
        hashed.update(read.content)
        return hashed.hexdigest()


@contextmanager
def open_objects(repository: Path) -> Iterator[Objects]:
    """Reader over one git process."""
    algorithm = git(repository, "rev-parse", "--show-object-format")
    replaced = git(repository, "for-each-ref", "--format=%(refname:strip=2)", "refs/replace").split()
    with subprocess.Popen(
        ["git", "cat-file", "--batch"],
        cwd=repository,
        env={**inherited(), "GIT_NO_REPLACE_OBJECTS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield Objects(process, algorithm, frozenset(replaced))
        finally:
            process.kill()


def _answer(stream: IO[bytes]) -> GitObject | None:
    """One answer: a line with name, kind and size, then the bytes and a line break; None: no object."""
    header = stream.readline().decode().split()
    if len(header) != 3 or not header[2].isdigit():
        return None
    content = stream.read(int(header[2]))
    complete = len(content) == int(header[2]) and stream.read(1) == b"\n"
    return GitObject(header[0], header[1], content) if complete else None


def _remedy(name: str) -> str:
    if name.startswith(TAGS):
        return f"{restore_tag(name.removeprefix(TAGS))} (if git fsck calls it corrupt, delete it first)"
    file = f".git/objects/{name[:2]}/{name[2:]}"
    return f"delete {file} and bring it from another clone: cp -rn CLONE/.git/objects .git (see git fsck)"
