"""Listings of the folders that a tag's data consist of: DVC knows their files by nothing else."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dvc.utils.serialize import parse_yaml

from raie.snapshots.git import git
from raie.snapshots.objects import read_blobs


def missing_listings(repository: Path, refs: Sequence[str], *, objects: Path) -> dict[str, str]:
    """First folder of each tag whose listing is not in DVC's cache.

    Parameters
    ----------
    repository : Path
    refs : sequence of str
        Tags.
    objects : Path
        Folder of the objects in the cache.

    Returns
    -------
    dict of str to str
        Path of the folder by tag; tags whose listings are all there are left out.
    """
    files = [(ref, file) for ref in refs for file in _dvc_files(repository, ref)]
    texts = read_blobs(repository, [f"{ref}:{file}" for ref, file in files])
    missing: dict[str, str] = {}
    for (ref, file), text in zip(files, texts, strict=True):
        for folder, digest in _listings(text or b"", file):
            if ref not in missing and not (objects / digest[:2] / digest[2:]).is_file():
                missing[ref] = folder
    return missing


def _dvc_files(repository: Path, ref: str) -> list[str]:
    names = git(repository, "ls-tree", "-r", "-z", "--name-only", f"refs/tags/{ref}").split("\0")
    return [name for name in names if name.endswith((".dvc", "dvc.lock"))]


def _listings(text: bytes, file: str) -> Iterator[tuple[str, str]]:
    """Path and digest of every folder that a ``dvc.lock`` or a pointer has as an output."""
    # DVC's own reader, which is also the faster one
    document: dict[str, Any] = parse_yaml(text.decode("utf-8"), file)
    for stage in document.get("stages", {"": document}).values():
        for out in stage.get("outs", []):
            if str(out.get("md5", "")).endswith(".dir"):
                # a pointer names its output beside itself, a lock file from the root
                folder = Path(file).parent if file.endswith(".dvc") else Path()
                yield (folder / out["path"]).as_posix(), out["md5"]
