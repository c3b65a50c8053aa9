"""How a run ended, as the flow that ran it knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["promoted", "refused candidate", "refused delivery", "failed"]


@dataclass(frozen=True)
class Outcome:
    """The end of a run.

    Attributes
    ----------
    date : str
        UTC date of the night.
    run : str
        Name of the run.
    status : str
        ``promoted``: there is a new snapshot; ``refused delivery``: the gate on interactions said no;
        ``refused candidate``: a later gate, or the verdict on promotion, did; ``failed``: anything else.
    error : str or None
        The error's one line, where there was one.
    seconds : mapping of str to float
        Wall time of each stage that ran.
    kept : str or None
        Folder, relative to the repository, that holds what was refused.
    tag : str or None
        The tag that was set.
    trouble : tuple of str
        What went wrong after the end stood, one line each: a push, the tracking.
    """

    date: str
    run: str
    status: Status
    error: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    kept: str | None = None
    tag: str | None = None
    trouble: tuple[str, ...] = ()
