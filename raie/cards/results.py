"""The card's results: every part of the metrics, by the snapshot, its base and the champion before."""

from collections.abc import Iterator
from dataclasses import dataclass

from raie.cards.estimates import UNKNOWN, Estimate, Ranked, estimate
from raie.cards.sources import Document, Sources

NAMES = {"setup_heldout": "held-out Set-up", "newest_heldout": "newest held-out", "forward": "forward"}
THIS, BASE, BEFORE = "this snapshot", "base alone", "champion before"
_COLUMNS = {THIS: "candidate_rank", BASE: "base_rank", BEFORE: "champion_rank"}


@dataclass(frozen=True)
class Result:
    """One row: how a model, or one model less another, ranks a part's windows.

    Attributes
    ----------
    part : str
        Name in the metrics.
    model : str
    windows, users : int or None
        Users are None where the ranks are not at hand.
    ranked : Ranked
    """

    part: str
    model: str
    windows: int
    users: int | None
    ranked: Ranked

    @property
    def name(self) -> str:
        """The part in words."""
        return NAMES[self.part]


def results(sources: Sources) -> list[Result]:
    """Means of every model on every part."""
    return [
        Result(part, model, scores["windows"], _users(sources, part), _ranked(sources, part, model, scores))
        for part, model, scores in _scores(sources)
    ]


def differences(sources: Sources) -> list[Result]:
    """Differences between models on the same windows, where the ranks are at hand."""
    found = []
    for part, windows in sources.outcomes.items():
        first, *others = (BEFORE, BASE) if part == "forward" else (THIS, BASE, BEFORE)
        for other in others:
            if _COLUMNS[other] in windows and len(windows):
                ranked = estimate(windows, _COLUMNS[first], sources.params, less=_COLUMNS[other])
                users = _users(sources, part)
                found.append(Result(part, f"{first} less {other}", len(windows), users, ranked))
    return found


def _scores(sources: Sources) -> Iterator[tuple[str, str, Document]]:
    """Part, model and metrics: routed by the snapshot, its base; routed by the champion before."""
    metrics, before = sources.metrics, sources.metrics.get("champion", {})
    for part in NAMES:
        scores = metrics.get(part, {})
        if "routed" not in scores:
            continue
        # on what just arrived it is the champion before that is judged
        yield part, BEFORE if part == "forward" else THIS, {**scores, "ranked": scores["routed"]}
        yield part, BASE, {**scores, "ranked": scores["base"]}
        if "routed" in before.get(part, {}):
            yield part, BEFORE, {**before[part], "ranked": before[part]["routed"]}


def _ranked(sources: Sources, part: str, model: str, scores: Document) -> Ranked:
    k, windows = sources.params.evaluate.k, sources.outcomes.get(part)
    drawn = UNKNOWN if windows is None else estimate(windows, _COLUMNS[model], sources.params)
    means = scores["ranked"]
    return Ranked(
        Estimate(means[f"recall_at_{k}"], drawn.recall.low, drawn.recall.high),
        Estimate(means[f"ndcg_at_{k}"], drawn.ndcg.low, drawn.ndcg.high),
    )


def _users(sources: Sources, part: str) -> int | None:
    windows = sources.outcomes.get(part)
    return None if windows is None else int(windows["user_id"].nunique())
