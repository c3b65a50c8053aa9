"""The first thing that does not match: what it should be, what was found, what to do."""

from typing import Any

from raie.exceptions import RefusedError

SHOWN = 12
"""Characters of a hash that are shown."""


class MismatchError(RefusedError):
    """Something is not what a tag, a hash or the chain says.

    Parameters
    ----------
    where : str
        The tag that it was found in.
    what : str
        The thing, in words.
    expected, found : object
        What it should be and what it is; hashes are shown by their first characters.
    remedy : str
        What to do.
    """

    def __init__(self, where: str, what: str, *, expected: object, found: object, remedy: str) -> None:
        self.where, self.what, self.remedy = where, what, remedy
        self.expected, self.found = expected, found
        super().__init__(f"{where}: {what} should be {_shown(expected)}, found {_shown(found)}: {remedy}")

    def document(self) -> dict[str, Any]:
        """Everything, ready for JSON, hashes in full."""
        return {
            "where": self.where,
            "what": self.what,
            "expected": None if self.expected is None else str(self.expected),
            "found": None if self.found is None else str(self.found),
            "remedy": self.remedy,
        }


def expect(tag: str, what: str, expected: object, found: object) -> None:
    """Refuse what a tag holds if it is not as expected.

    Raises
    ------
    MismatchError
    """
    if expected != found:
        raise MismatchError(tag, what, expected=expected, found=found, remedy=restore_tag(tag))


def restore_tag(tag: str) -> str:
    """Remedy where git itself holds something else than it did."""
    return f"restore the tag from another clone: git fetch --force CLONE tag {tag}"


def _shown(value: object) -> str:
    if value is None:
        return "none"
    text = str(value)
    is_hash = len(text.removesuffix(".dir")) >= 32 and all(each in "0123456789abcdef.dir" for each in text)
    return text[:SHOWN] if is_hash else " ".join(text.split())[:200]
