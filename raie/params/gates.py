"""The gates: what each refuses or warns of."""

from pydantic import Field

from raie.params.section import Section


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
