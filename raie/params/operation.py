"""Operation: promotion, alarm, tracking, schedules, notification, retention, items."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from raie.params.section import Section

ITEMS_FILE = Path("data/items.csv")
"""Table of items that is read where `items.path` names none; preparing the embedded population writes it."""


class PromotionParams(Section):
    """When a candidate becomes champion: a loss beyond these bounds, and beyond chance, refuses it."""

    slice_windows: int = Field(1000, ge=1)
    """Newest windows of held-out users, from as many nights as it takes."""
    max_recall_loss: float = Field(0.02, ge=0, le=1)
    """Recall@k on the newest held-out slice."""
    max_retention_loss: float = Field(0.03, ge=0, le=1)
    """Recall@k on held-out Set-up windows."""
    max_region_loss: float = Field(0.1, ge=0, le=1)
    """The same within one region of the champion."""
    min_region_windows: int = Field(200, ge=2)
    """Regions with fewer held-out windows are not judged alone."""
    confidence: float = Field(0.95, gt=0, lt=1)
    n_resamples: int = Field(2000, ge=100)


class AlarmParams(Section):
    """When a night's summary recommends a retrain."""

    nights: int = Field(7, ge=2)
    """Newest nights that are looked at."""
    max_fallback_share: float = Field(0.2, ge=0, le=1)
    max_adds: int = Field(3, ge=0)
    max_ambiguous_share: float = Field(0.5, ge=0, le=1)
    """Share of a night's sequences whose posterior margin is small."""
    min_retention_slope: float = -0.005
    """Recall@k per night, held-out Set-up."""


class TrackingParams(Section):
    """MLflow."""

    experiment: str = "raie"
    uri: str = "sqlite:///mlflow.db"
    model: str = "raie"
    """Name of the registered model; its alias ``champion`` is the version to serve."""


FlowName = Literal["nightly", "retrain", "construct"]


class ScheduleParams(Section):
    """When flows run: cron expressions; null: on demand only."""

    cron: Mapping[FlowName, str | None] = {"nightly": "0 3 * * *", "retrain": None, "construct": None}
    timezone: str = "UTC"
    max_catch_up: int = Field(14, ge=1)
    """Missed nights that a scheduled run makes up for by itself."""
    wait_minutes: float = Field(60.0, ge=0)
    """How long a scheduled run waits for another run to end."""
    retries: int = Field(2, ge=0)
    """Of a step that was killed or lost its connection; bad input is never retried."""
    retry_delay_seconds: float = Field(30.0, ge=0)
    """Before the first retry; doubled before each further one."""


class NotificationParams(Section):
    """A webhook that gets every run's summary as JSON."""

    when: Literal["never", "trouble", "always"] = "never"
    url_variable: str = "RAIE_WEBHOOK"
    """Environment variable that holds the address, which is a secret."""


class RetentionParams(Section):
    """Which snapshots keep their data; what git holds of them (ledger, manifest, metrics) is always kept."""

    keep_days: int = Field(90, ge=0)
    """Every snapshot of so many days before the newest; of older ones the last of each month."""


class ItemParams(Section):
    """A table of the items, so that regions can be described by what they are about."""

    path: str | None = None
    """CSV, TSV, Parquet or MovieLens' ``movies.dat``; null: ``data/items.csv`` if there is one."""
    item_id: str = "item_id"
    title: str = "title"
    genres: str | None = None
    """Column with one or more genres, separated by ``|``; null: ``genres`` if there is one."""
