"""The lock file: every hash in ``dvc.lock`` of what git holds, and of what one stage hands to another."""

import hashlib
import json
from typing import Any

from raie.proofs.link import Link
from raie.proofs.mismatch import expect

LOCK = "dvc.lock"


def check_lock(link: Link) -> None:
    """Check a tag's ``dvc.lock`` against its files, its pointers and its params.

    Raises
    ------
    MismatchError
    """
    expect(link.tag, f"stages in {LOCK}", sorted(link.parsed("dvc.yaml")["stages"]), sorted(link.lock))
    for path, out in link.outputs.items():
        if path in link.files:
            expect(link.tag, f"MD5 of {path}, by {LOCK},", out["md5"], link.blob(path).md5)
            expect(link.tag, f"size of {path}, by {LOCK},", out["size"], link.blob(path).size)
    params = link.parsed("params.yaml") or {}
    for name, stage in link.lock.items():
        for dependency in stage.get("deps", []):
            what = f"MD5 of {dependency['path']} that stage {name} read, by {LOCK},"
            expect(link.tag, what, dependency["md5"], _found(link, dependency["path"]))
        for key, value in stage.get("params", {}).get("params.yaml", {}).items():
            expect(link.tag, f"{key} in params.yaml, by {LOCK},", value, _value(params, key))


def _found(link: Link, path: str) -> str | None:
    """MD5 of what a path held: a stage's output, what a pointer names, a file or a folder of git's."""
    if path in link.files:
        return link.blob(path).md5
    named = link.outputs.get(path) or link.pointers.get(path)
    return str(named["md5"]) if named else _folder(link, f"{path}/")


def _folder(link: Link, folder: str) -> str | None:
    """MD5 of a folder as DVC counts it: over the sorted names and hashes of its files."""
    files = sorted(path for path in link.files if path.startswith(folder))
    listing = [{"md5": link.blob(path).md5, "relpath": path.removeprefix(folder)} for path in files]
    text = json.dumps(listing, sort_keys=True)
    return f"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}.dir" if files else None


def _value(params: Any, key: str) -> Any:
    """Value at a dotted key."""
    for part in key.split("."):
        params = params[part]
    return params
