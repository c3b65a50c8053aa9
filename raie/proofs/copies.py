"""Copies of artefacts that readers work with, against the manifest."""

from pathlib import Path

from raie.proofs.link import Link
from raie.proofs.mismatch import MismatchError
from raie.snapshots.copies import opened_folder
from raie.snapshots.digests import folder_digests


def check_copies(repository: Path, link: Link) -> None:
    """Rehash what was copied out of the cache for readers (`raie.snapshots.opened`).

    Raises
    ------
    MismatchError
        Naming the first file that is not as the manifest has it.
    """
    for name, digests in link.manifest["artefacts"].items():
        folder = opened_folder(repository, link.tag, name)
        held = folder_digests(folder) if folder.is_dir() else digests
        for file in sorted({*held, *digests}):
            if held.get(file) != digests.get(file):
                raise MismatchError(
                    link.tag,
                    f"SHA-256 of {(folder / file).relative_to(repository)}, a copy,",
                    expected=digests.get(file),
                    found=held.get(file),
                    remedy=f"delete {folder}: it is copied again when it is read",
                )
