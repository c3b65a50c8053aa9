"""The regions, the edits that change them, and what regions saw."""

from pydantic import Field

from raie.params.section import Section


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


class DatastoreParams(Section):
    """What each region saw come next, and how far it trusts that."""

    size: int = Field(4000, ge=0)
    """Newest sequences kept per region, searched when it recommends; 0: adapters answer alone."""
    spread: float = Field(0.5, gt=0)
    """Standard deviation, in log odds, of the prior around the night before's habits and trust."""
