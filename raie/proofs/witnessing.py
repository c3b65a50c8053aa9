"""The witness: tags that no longer name the commit they were first seen on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from raie.archive.witness import FILE, read_witness
from raie.exceptions import RefusedError
from raie.proofs.link import Link
from raie.proofs.mismatch import SHOWN, MismatchError, restore_tag
from raie.snapshots.tags import CANDIDATE_PREFIX, PREFIX

WITHDRAWN = f"or, if it was withdrawn on purpose, take it out of {FILE}"


def seen_tags(repository: Path) -> dict[str, str]:
    """Commit that each snapshot's tag named when it was first seen here, by id.

    Raises
    ------
    MismatchError
        If the note of it was damaged.
    """
    try:
        return read_witness(repository)
    except RefusedError as error:
        remedy = "compare the tags with another clone's (git ls-remote --tags CLONE), then delete the file"
        raise MismatchError(
            "the witness", "its file", expected="as RAIE writes it", found=error, remedy=remedy
        ) from error


def check_moved(link: Link, seen: Mapping[str, str]) -> None:
    """Check a tag's commit against the one noted when it was first seen.

    Raises
    ------
    MismatchError
    """
    noted = seen.get(link.tag.removeprefix(PREFIX), link.commit)
    if noted != link.commit:
        remedy = f"if that was not you, git tag -f -a -m restored {link.tag} {noted[:SHOWN]}; {WITHDRAWN}"
        raise MismatchError(
            link.tag, "the tag was moved: its commit", expected=noted, found=link.commit, remedy=remedy
        )


def check_gone(snapshots: Sequence[str], seen: Mapping[str, str]) -> None:
    """Check that every snapshot that was ever seen still has its tag; candidates may be deleted.

    Raises
    ------
    MismatchError
    """
    for name, noted in sorted(seen.items()):
        if not name.startswith(CANDIDATE_PREFIX) and name not in snapshots:
            tag = PREFIX + name
            remedy = f"{restore_tag(tag)}; {WITHDRAWN}"
            raise MismatchError(tag, "the tag", expected=noted, found=None, remedy=remedy)
