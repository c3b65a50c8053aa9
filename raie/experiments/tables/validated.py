"""A cell's document, field by field, or one line that says what is wrong with it."""

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from raie.exceptions import UsageError

R = TypeVar("R")


def validated(file: Path, kind: TypeAdapter[R]) -> R:
    """Read a document.

    Raises
    ------
    UsageError
        If a field is missing, unknown or of another type.
    """
    try:
        return kind.validate_json(file.read_bytes())
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "document"
        raise UsageError(f"{file}: {where}: {fault['msg']}: run the cell again") from error
