"""Ranked lists: how they are measured, and how long those are that users get."""

from pydantic import Field

from raie.params.section import Section


class EvaluateParams(Section):
    """Full-ranking metrics."""

    k: int = Field(10, ge=1)
    batch_size: int = Field(512, ge=1)


class RecommendParams(Section):
    """Recommendations written for every active user."""

    k: int = Field(10, ge=1)
    exclude_seen: bool = True
