"""Add: candidates out of the pool become regions, or are rejected with their scores."""

from dataclasses import dataclass

import numpy as np

from raie.edits.candidate import Candidate, captured, judge
from raie.edits.edit import Edit
from raie.edits.evidence import Evidence
from raie.params import EditParams
from raie.regions.construct import member_radius
from raie.regions.geometry import FloatArray, IntArray
from raie.regions.kmeans import resultants, spherical_kmeans
from raie.regions.regionset import RegionSet, region_id
from raie.regions.vmf import mixture_bic

_N_INIT = 8
_MAX_ITER = 100


@dataclass(frozen=True, eq=False)
class Proposals:
    """What became of the pool.

    Attributes
    ----------
    edits : tuple of Edit
        `add` and `reject`.
    joined : dict of str to (n,) int64
        Rows of the evidence that each added region takes.
    fallen_back : (n,) int64
        Rows that go to their nearest region after all.
    pooled : (n,) int64
        Rows that wait on.
    """

    edits: tuple[Edit, ...]
    joined: dict[str, IntArray]
    fallen_back: IntArray
    pooled: IntArray


def propose(
    pooled: IntArray,
    regions: RegionSet,
    evidence: Evidence,
    *,
    params: EditParams,
    radius_quantile: float,
    seed: int,
) -> Proposals:
    """Cluster the pool once it holds `min_pool_size` encodings, and judge the clusters.

    Of the candidates that pass, the one with the highest BIC gain becomes a region; others that pass wait in
    the pool, to be judged against that region the next night: one new taste is then not added twice. The
    members of a rejected candidate fall back to their nearest regions, as do those of any candidate that lie
    nearer to a region's center: they train it but leave its statistics alone. A candidate of fewer than
    `min_candidate_size` members is not judged; its members stay in the pool.

    Parameters
    ----------
    pooled : (n,) int64
        Rows of the evidence in the pool.
    """
    if pooled.size < params.min_pool_size:
        return Proposals((), {}, pooled[:0], pooled)
    labels = _clusters(evidence.rows[pooled], params=params, seed=seed)
    fallen_back, waiting, candidates = [pooled[:0]], [pooled[:0]], []
    for label in range(int(labels.max()) + 1):
        members, others = _trimmed(pooled[labels == label], regions, evidence)
        if members.size < params.min_candidate_size:
            waiting.extend([members, others])
        else:
            fallen_back.append(others)
            candidates.append(judge(members, regions, evidence, params=params))
    passed = sorted(
        (candidate for candidate in candidates if candidate.accepted),
        key=lambda candidate: candidate.scores["bic_gain"],
        reverse=True,
    )
    rejected = [candidate for candidate in candidates if not candidate.accepted]
    fallen_back.extend(candidate.members for candidate in rejected)
    waiting.extend(candidate.members for candidate in passed[1:])
    edits = [_add(candidate, regions, evidence, radius_quantile) for candidate in passed[:1]]
    return Proposals(
        edits=(*edits, *(_reject(candidate, regions) for candidate in rejected)),
        joined={edit.region: passed[0].members for edit in edits},
        fallen_back=np.sort(np.concatenate(fallen_back)),
        pooled=np.sort(np.concatenate(waiting)),
    )


def _clusters(rows: FloatArray, *, params: EditParams, seed: int) -> IntArray:
    n_distinct = len(np.unique(rows.round(6), axis=0))
    best, best_score = np.zeros(len(rows), dtype=np.int64), -np.inf
    for number in range(1, min(params.max_candidates, n_distinct) + 1):
        found = spherical_kmeans(rows, n_clusters=number, seed=seed, n_init=_N_INIT, max_iter=_MAX_ITER)
        counts = np.bincount(found.labels_, minlength=number).astype(np.float64)
        score = mixture_bic(resultants(rows, found.labels_, n_clusters=number), counts)
        if score > best_score:
            best, best_score = found.labels_, score
    return best


def _trimmed(members: IntArray, regions: RegionSet, evidence: Evidence) -> tuple[IntArray, IntArray]:
    rows = evidence.rows[members]
    total = rows.sum(axis=0)
    own = captured(rows, total / max(float(np.linalg.norm(total)), 1e-12), regions) > 0
    return members[own], members[~own]


def _add(candidate: Candidate, regions: RegionSet, evidence: Evidence, radius_quantile: float) -> Edit:
    rows = evidence.rows[candidate.members]
    return Edit(
        operation="add",
        region=region_id(regions.next_serial),
        parents=(regions.ids[candidate.nearest],),
        retained=0.0,
        increment=candidate.resultant,
        weight=float(len(rows)),
        radius=member_radius(rows, candidate.resultant, radius_quantile=radius_quantile),
        n_sequences=len(rows),
        scores=candidate.scores,
    )


def _reject(candidate: Candidate, regions: RegionSet) -> Edit:
    return Edit(
        operation="reject",
        region=regions.ids[candidate.nearest],
        parents=(),
        retained=1.0,
        increment=np.zeros(regions.dim),
        weight=0.0,
        radius=float(regions.radii_[candidate.nearest]),
        n_sequences=candidate.members.size,
        scores=candidate.scores,
    )
