"""Documents of a run as a report reads them: checked for shape, forgiving about what is missing."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

T = TypeVar("T")


class Shape(BaseModel):
    """Keys that a report shows; all others are left aside."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


Number = Annotated[float | None, BeforeValidator(_known)]
"""A finite number; what is not finite counts as not known, since JSON cannot hold it."""


def read_document(path: Path, parse: Callable[[bytes], T]) -> tuple[T | None, str | None]:
    """Read a document without ever failing: a report is written whatever a run left behind.

    Parameters
    ----------
    path : Path
    parse : callable
        Makes the document from the file's bytes; its ValidationError means that they are no such document.

    Returns
    -------
    document : object or None
        None where there is no file, or none that can be read.
    fault : str or None
        Why it cannot be read.
    """
    try:
        return parse(path.read_bytes()), None
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except OSError as error:
        return None, f"{path.name}: {error.strerror}"
    except ValidationError as error:
        return None, f"{path.name}: {first_fault(error)}"


def parsed(content: bytes, parse: Callable[[bytes], T]) -> T | None:
    """Make a document of bytes; None if they are no such document."""
    try:
        return parse(content)
    except ValidationError:
        return None


def first_fault(error: ValidationError) -> str:
    """Where and what the first fault is, as one line."""
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else str(fault["msg"])
