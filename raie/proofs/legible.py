"""Documents that cannot be read as what RAIE writes: a mismatch like any other."""

from collections.abc import Iterator
from contextlib import contextmanager

from yaml import YAMLError

from raie.exceptions import RefusedError
from raie.proofs.mismatch import MismatchError, restore_tag

MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, YAMLError)
"""What reading a document raises that is not of the form it should have."""


@contextmanager
def legible(tag: str) -> Iterator[None]:
    """Name the tag in which something was read that is not of the form it should have.

    Raises
    ------
    MismatchError
    """
    try:
        yield
    except MismatchError:
        raise
    except (*MALFORMED, RefusedError) as error:
        found = f"{type(error).__name__} {error}"
        remedy = restore_tag(tag)
        raise MismatchError(
            tag, "a document", expected="as RAIE writes it", found=found, remedy=remedy
        ) from error
