"""The parameters: frozen sections that mirror ``params.yaml``, unknown keys refused.

This module is the only reader of ``params.yaml``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from raie.exceptions import UsageError

PARAMS_FILE = Path("params.yaml")


class Section(BaseModel):
    """One section of ``params.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Columns(Section):
    """Names (or, in files without a header, zero-based positions) of a table's columns."""

    user_id: str | int = "user_id"
    item_id: str | int = "item_id"
    timestamp: str | int = "timestamp"
    rating: str | int | None = None


class DataParams(Section):
    """Where interactions come from and which of them count as positives."""

    source: Literal["synthetic", "movielens", "table"] = "synthetic"
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


class InteractionGateParams(Section):
    """What the gate on incoming interactions refuses or warns of."""

    min_rows: int = Field(0, ge=0)
    """Accepted rows a run needs; 0: a quiet day is no fault."""
    max_refused_share: float = Field(0.0, ge=0, le=1)
    """Share of refused rows above which their whole file is refused."""
    earliest: str = "1990-01-01"
    min_rating: float = 0.0
    max_rating: float = 10.0
    recent_days: int = Field(28, ge=1)
    """Days before the delivery that its volume is compared with."""
    max_volume_ratio: float = Field(20.0, gt=0)
    """Accepted rows per day over the recent days' median, above which the delivery is refused."""
    warn_volume_ratio: float = Field(0.2, ge=0)
    """The same, below which there is a warning."""
    warn_duplicate_share: float = Field(0.2, ge=0, le=1)
    warn_unseen_user_share: float = Field(0.9, ge=0, le=1)
    """Share of the accepted rows' distinct users that the recent days do not hold; the same for items."""
    warn_unseen_item_share: float = Field(0.9, ge=0, le=1)


class SequenceGateParams(Section):
    """Thresholds of the gate on windows and histories."""

    warn_short_share: float = Field(0.9, ge=0, le=1)
    """Share of a night's events without a window: too little history."""


class EncodingGateParams(Section):
    """Thresholds of the gate on encodings."""

    norm_tolerance: float = Field(1e-3, gt=0)


class RegionGateParams(Section):
    """Thresholds of the gate on regions."""

    min_count: float = Field(1.0, ge=0)
    """Weight of evidence every region must hold."""
    max_added_share: float = Field(0.5, ge=0, le=1)
    """Share of a night's regions that the night itself added."""


class AdapterGateParams(Section):
    """Thresholds of the gate on adapters."""

    max_norm: float = Field(2.0, gt=0)
    """Frobenius norm of an adapter's product over that of the frozen weight, in any layer."""


class MetricGateParams(Section):
    """Thresholds of the gate on metrics."""

    min_heldout_windows: int = Field(1, ge=0)


class GateParams(Section):
    """One section per gate."""

    interactions: InteractionGateParams = InteractionGateParams()
    sequences: SequenceGateParams = SequenceGateParams()
    encodings: EncodingGateParams = EncodingGateParams()
    regions: RegionGateParams = RegionGateParams()
    adapters: AdapterGateParams = AdapterGateParams()
    metrics: MetricGateParams = MetricGateParams()


class SequenceParams(Section):
    """Windows cut from histories by the production protocol, and the users held out of training."""

    length: int = Field(20, ge=2)
    """Items of a history (L)."""
    min_history: int = Field(3, ge=1)
    heldout_share: float = Field(0.1, ge=0, lt=1)
    max_heldout_windows: int = Field(5000, ge=1)


class BackboneParams(Section):
    """Architecture of the frozen backbone."""

    name: Literal["sasrec", "bert4rec"] = "sasrec"
    dim: int = Field(64, ge=8)
    n_layers: int = Field(2, ge=1)
    n_heads: int = Field(2, ge=1)
    dropout: float = Field(0.2, ge=0, lt=1)
    max_length: int = Field(50, ge=2)
    mask_share: float = Field(0.2, gt=0, lt=1)
    """Share of positions BERT4Rec masks."""


class PretrainParams(Section):
    """Training of the backbone on Set-up, and of new items' rows on later nights."""

    epochs: int = Field(30, ge=1)
    batch_size: int = Field(32, ge=1)
    learning_rate: float = Field(2e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    validation_share: float = Field(0.02, gt=0, lt=0.5)
    """Share of Set-up's events, the newest, that choose the stopping epoch."""
    patience: int = Field(5, ge=1)
    new_item_epochs: int = Field(5, ge=0)
    new_item_learning_rate: float = Field(1e-2, gt=0)


class RegionParams(Section):
    """Spherical k-means and radii."""

    n_regions: int = Field(4, ge=1)
    """At genesis; a retrain makes as many as there are by then, and at least these."""
    radius_quantile: float = Field(0.9, gt=0, lt=1)
    n_init: int = Field(8, ge=1)
    max_iter: int = Field(100, ge=1)
    memory_size: int = Field(400, ge=10)
    """Windows kept per region, for radii and in-region replay."""
    lineage_min_share: float = Field(0.3, gt=0, le=1)
    """Share of two regions' content that they must have in common, seen from each, for an id to go on."""


class EditParams(Section):
    """Thresholds of Update, Expand, Add, Merge and Retire."""

    expansion: float = Field(0.2, ge=0)
    min_posterior_margin: float = Field(0.1, ge=0, le=1)
    posterior_sharpness: float = Field(0.2, gt=0)
    expand_weight: float = Field(0.5, gt=0, le=1)
    max_count: float = Field(5000.0, gt=0)
    """Evidence a region remembers; beyond it old members fade."""
    min_pool_size: int = Field(60, ge=2)
    max_candidates: int = Field(3, ge=1)
    min_candidate_size: int = Field(20, ge=2)
    """Members a candidate needs; a smaller one waits in the pool."""
    min_bic_gain: float = 0.0
    min_beyond_share: float = Field(0.5, ge=0, le=1)
    """Share of the encodings nearest a candidate that must lie beyond every region's expanded radius."""
    min_novelty: float = Field(2.0, ge=0)
    """How many times more often than among the regions' memories such encodings must arrive."""
    merge_angle: float = Field(0.3, ge=0)
    """Radians. The two halves of one taste in 64 dimensions lie about 0.25 apart; BIC has the last word."""
    retire_after_days: int = Field(90, ge=1)
    use_radius: bool = True


class AdapterParams(Section):
    """One LoRA per region."""

    rank: int = Field(8, ge=1)
    lora_alpha: int = Field(16, ge=1)
    dropout: float = Field(0.05, ge=0, lt=1)
    epochs: int = Field(3, ge=1)
    batch_size: int = Field(64, ge=1)
    learning_rate: float = Field(5e-4, gt=0)
    replay_ratio: float = Field(0.3, ge=0)
    """Replayed windows per new window, drawn from the region's own memory."""
    initialisation: Literal["base", "nearest"] = "nearest"
    min_windows: int = Field(16, ge=1)
    """Windows a region must have received for its adapter to train."""


class EvaluateParams(Section):
    """Full-ranking metrics."""

    k: int = Field(10, ge=1)
    batch_size: int = Field(512, ge=1)


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


class RecommendParams(Section):
    """Recommendations written for every active user."""

    k: int = Field(10, ge=1)
    exclude_seen: bool = True


class ComputeParams(Section):
    """Seed, threads and device: fixed, so that the same inputs give the same files."""

    seed: int = 0
    threads: int = Field(2, ge=1)
    device: Literal["auto", "cpu", "cuda"] = "auto"


class NightParams(Section):
    """How the calendar is cut into genesis and nights."""

    genesis_until: str | None = None
    """First UTC date that is no longer Set-up; null: the day that holds the Set-up quantile."""
    setup_quantile: float = Field(0.5, gt=0, lt=1)
    days: int = Field(1, ge=1)
    """Days per night."""


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


class Params(Section):
    """All sections of ``params.yaml``."""

    data: DataParams = DataParams()
    synthetic: SyntheticParams = SyntheticParams()
    gates: GateParams = GateParams()
    sequences: SequenceParams = SequenceParams()
    backbone: BackboneParams = BackboneParams()
    pretrain: PretrainParams = PretrainParams()
    regions: RegionParams = RegionParams()
    edits: EditParams = EditParams()
    adapters: AdapterParams = AdapterParams()
    evaluate: EvaluateParams = EvaluateParams()
    promotion: PromotionParams = PromotionParams()
    alarm: AlarmParams = AlarmParams()
    recommend: RecommendParams = RecommendParams()
    compute: ComputeParams = ComputeParams()
    nights: NightParams = NightParams()
    tracking: TrackingParams = TrackingParams()
    schedules: ScheduleParams = ScheduleParams()
    notification: NotificationParams = NotificationParams()


def load_params(path: Path = PARAMS_FILE) -> Params:
    """Read and check ``params.yaml``.

    Raises
    ------
    UsageError
        If the file is missing, is not YAML, or holds an unknown key or a value out of range.
    """
    if not path.is_file():
        raise UsageError(f"{path} does not exist: run inside a RAIE repository")
    try:
        loaded: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if loaded is not None and not isinstance(loaded, Mapping):
        raise UsageError(f"{path} must hold sections of key: value, found {type(loaded).__name__}")
    try:
        return Params.model_validate(loaded or {})
    except ValidationError as error:
        raise UsageError(f"{path}: {_first_fault(error)}") from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{where}': remove it or correct its spelling"
    return f"{where} = {fault['input']!r}: {fault['msg']}"
