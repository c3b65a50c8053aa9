"""What comes in: its source and columns, the planted population, the calendar, the sequences."""

from typing import Literal

from pydantic import Field, model_validator

from raie.params.section import Section


class Columns(Section):
    """Names (or, in files without a header, zero-based positions) of a table's columns."""

    user_id: str | int = "user_id"
    item_id: str | int = "item_id"
    timestamp: str | int = "timestamp"
    rating: str | int | None = None


class DataParams(Section):
    """Where interactions come from and which of them count as positives."""

    source: Literal["synthetic", "movielens", "yelp", "table"] = "synthetic"
    path: str | None = None
    columns: Columns = Columns()
    header: bool = True
    min_rating: float | None = None
    """Interactions rated below this are not positives; null keeps every event."""

    @model_validator(mode="after")
    def _path_is_named(self) -> "DataParams":
        if self.source != "synthetic" and not self.path:
            raise ValueError(f"source '{self.source}' needs a path: set data.path to its file")
        return self


DriftKind = Literal["none", "small", "moderate", "emerging"]


class SyntheticParams(Section):
    """The embedded population: planted tastes, then nights of planted drift."""

    n_tastes: int = Field(4, ge=2)
    items_per_taste: int = Field(60, ge=8)
    n_users: int = Field(600, ge=20)
    events_per_user: int = Field(30, ge=5)
    setup_days: int = Field(60, ge=2)
    n_nights: int = Field(7, ge=1)
    events_per_night: int = Field(1500, ge=10)
    drift_cycle: tuple[DriftKind, ...] = Field(
        ("none", "small", "moderate", "emerging", "emerging", "small", "none"), min_length=1
    )
    """Kind of drift planted in each night, from the start again after the last."""
    niche_items: int = Field(12, ge=4)
    """Items that an emerging preference has in Set-up; half as many new ones come with it."""
    new_items_per_night: int = Field(2, ge=0)
    new_user_share: float = Field(0.08, ge=0, le=1)
    """Share of new users among those who make a night's usual events."""


class NightParams(Section):
    """How the calendar is cut into genesis and nights."""

    genesis_until: str | None = None
    """First UTC date that is no longer Set-up; null: the day that holds the Set-up quantile."""
    setup_quantile: float = Field(0.5, gt=0, lt=1)
    days: int = Field(1, ge=1)
    """Days per night."""


class SequenceParams(Section):
    """Windows cut from histories by the production protocol, and the users held out of training."""

    length: int = Field(20, ge=2)
    """Items of a history (L)."""
    min_history: int = Field(3, ge=1)
    heldout_share: float = Field(0.1, ge=0, lt=1)
    max_heldout_windows: int = Field(5000, ge=1)
