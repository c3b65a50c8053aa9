"""The tag: annotated, on top of the code that ran and of the snapshot before."""

from raie.proofs.link import Link
from raie.proofs.mismatch import MismatchError, expect, restore_tag
from raie.snapshots.tags import CANDIDATE_PREFIX, PREFIX


def check_tag(link: Link, before: Link | None) -> None:
    """Check a tag, its commit's parents and what it says of itself against the snapshot before it.

    Raises
    ------
    MismatchError
    """
    night = link.night
    expect(link.tag, "the name in the annotated tag", link.tag, link.annotation)
    expect(link.tag, "the snapshot in data/night.json", _own_id(link), night["snapshot"])
    _check_previous(link, before)
    _check_parents(link, before)
    if before and night["date"] and str(night["date"]) < str(before.night["date"]):
        expect(link.tag, "its date", f"{before.night['date']} or later", night["date"])


def _check_previous(link: Link, before: Link | None) -> None:
    known, named = before.id if before else None, link.night["previous"]
    if named != known and (before is None or before.commit not in link.parents):
        tag = f"{PREFIX}{named}"
        what = f"the tag, which {link.tag} names as the one before it,"
        raise MismatchError(tag, what, expected="there", found=None, remedy=restore_tag(tag))
    expect(link.tag, "the snapshot before it, in data/night.json,", known, named)


def _check_parents(link: Link, before: Link | None) -> None:
    parents = dict(enumerate(link.parents))
    if before and parents.get(1) != before.commit:
        raise MismatchError(
            before.tag,
            f"its commit, on top of which {link.tag} was made,",
            expected=parents.get(1),
            found=before.commit,
            remedy=f"one of these two tags was moved; {restore_tag(before.tag)}",
        )
    expect(link.tag, "the number of its commit's parents", 2 if before else 1, len(link.parents))
    expect(link.tag, "the commit whose code ran", link.night["code_commit"], parents[0])
    link.objects.read(parents[0], where=link.tag, what="the commit whose code ran")


def _own_id(link: Link) -> str:
    """A candidate may be numbered behind its night's date, a snapshot's id is its night's."""
    said = str(link.night["snapshot"])
    numbered = link.tag.startswith(CANDIDATE_PREFIX) and link.id.startswith(f"{said}-")
    return said if numbered else link.id
