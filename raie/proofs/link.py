"""One link of the chain: all that git holds of a snapshot."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from raie.proofs.gitobjects import TAGS, Blob, Objects
from raie.proofs.mismatch import MismatchError, restore_tag
from raie.snapshots.history import LEDGER, MANIFEST
from raie.snapshots.ledger import Entry, parse_entries
from raie.snapshots.night import NIGHT_FILE
from raie.snapshots.tags import CANDIDATE_PREFIX, PREFIX, tag_of

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML without libyaml: the same, slower
    from yaml import SafeLoader as Loader  # type: ignore[assignment]


@dataclass(frozen=True)
class Link:
    """A tagged snapshot or candidate, its git objects rehashed.

    Attributes
    ----------
    tag : str
        ``snapshot/<id>`` or ``candidate/<id>``.
    annotation : str or None
        The name that the tag object itself holds; None of a lightweight tag.
    commit : str
    parents : tuple of str
    files : dict of str to str
        Git's name of every file, by path.
    objects : Objects
    """

    tag: str
    annotation: str | None
    commit: str
    parents: tuple[str, ...]
    files: dict[str, str]
    objects: Objects

    @property
    def id(self) -> str:
        """The snapshot's id, without the kind of tag."""
        return self.tag.removeprefix(PREFIX).removeprefix(CANDIDATE_PREFIX)

    def text(self, path: str) -> str:
        """A file as the tag holds it."""
        if path not in self.files:
            raise MismatchError(self.tag, path, expected="a file", found=None, remedy=restore_tag(self.tag))
        read = self.objects.read(self.files[path], where=self.tag, what=f"git's {path}")
        return read.content.decode("utf-8")

    def document(self, path: str) -> Any:
        """A JSON file as the tag holds it."""
        return json.loads(self.text(path))

    def parsed(self, path: str) -> Any:
        """A YAML file as the tag holds it."""
        return Loader(self.text(path)).get_single_data()

    def blob(self, path: str) -> Blob:
        """MD5 and size of a file."""
        return self.objects.blobs[self.files[path]]

    @cached_property
    def night(self) -> dict[str, Any]:
        """What the run was."""
        return dict(self.document(NIGHT_FILE.as_posix()))

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest."""
        return dict(self.document(MANIFEST))

    @cached_property
    def entries(self) -> list[Entry]:
        """The run's own ledger entries."""
        return parse_entries(self.text(LEDGER))

    @cached_property
    def lock(self) -> dict[str, Any]:
        """Stages of ``dvc.lock``, by name."""
        return dict(self.parsed("dvc.lock")["stages"])

    @cached_property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """Outputs in ``dvc.lock``, by path."""
        return {out["path"]: out for stage in self.lock.values() for out in stage.get("outs", [])}

    @cached_property
    def pointers(self) -> dict[str, dict[str, Any]]:
        """Outputs that ``.dvc`` files name, by path."""
        found = {}
        for path in self.files:
            if path.startswith("data/") and path.endswith(".dvc"):
                (out,) = self.parsed(path)["outs"]
                found[f"{path.rpartition('/')[0]}/{out['path']}"] = out
        return found


def read_link(objects: Objects, name: str) -> Link:
    """Read a snapshot (by id) or a candidate (by tag) from its tag down to its last file.

    Raises
    ------
    MismatchError
        Naming the first object that is missing or damaged.
    """
    tag = tag_of(name)
    tagged = objects.read(TAGS + tag, where=tag, what="the tag")
    _check_name(objects, tag, tagged.oid)
    headers = _headers(tagged.content) if tagged.kind == "tag" else {}
    commit = objects.read(headers["object"][0], where=tag, what="its commit") if headers else tagged
    if commit.kind != "commit":
        raise MismatchError(
            tag, "the tag", expected="on a commit", found=commit.kind, remedy=restore_tag(tag)
        )
    history = _headers(commit.content)
    annotation = headers["tag"][0] if headers else None
    files = objects.files(history["tree"][0], where=tag)
    return Link(tag, annotation, commit.oid, tuple(history.get("parent", [])), files, objects)


def _check_name(objects: Objects, tag: str, oid: str) -> None:
    """Whoever reads ``snapshot/<id>:<path>`` must get the tag, not another ref that git prefers."""
    shown = objects.ask(tag)
    found, remedy = shown.oid if shown else None, f"delete the other ref of that name: git show-ref {tag}"
    if found != oid:
        raise MismatchError(tag, "what git takes its name for", expected=oid, found=found, remedy=remedy)


def _headers(content: bytes) -> dict[str, list[str]]:
    """Header lines of a tag or commit object, up to the first blank line."""
    found: dict[str, list[str]] = {}
    for line in content.decode("utf-8", "replace").partition("\n\n")[0].split("\n"):
        key, _, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    return found
