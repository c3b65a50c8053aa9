"""Route every user's current history and recommend the top items, with a trace of why."""

from pathlib import Path

from raie.backbones.device import fix_threads
from raie.params import load_params
from raie.sequences.histories import Histories
from raie.sequences.seen import seen_items
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.recommending import recommend_users
from raie.snapshots.serving import ServedSnapshot
from raie.stages.artefacts import HISTORIES, VOCABULARY
from raie.stages.entry import start


def recommend_all(
    *, histories: Path, backbone: Path, regions: Path, adapters: Path, raw: Path, recommendations: Path
) -> None:
    """Run the stage."""
    params = load_params()
    fix_threads(params.compute.threads)
    served = ServedSnapshot.load(backbone=backbone, regions=regions, adapters=adapters, params=params)
    length, exclude = params.sequences.length, params.recommend.exclude_seen
    vocabulary = Vocabulary.load(histories / VOCABULARY)
    current = Histories.load(histories / HISTORIES, length=length).latest(length)
    frame = recommend_users(
        served,
        vocabulary,
        current,
        k=params.recommend.k,
        exclude_seen=exclude,
        seen=seen_items(raw, current.user_ids, vocabulary) if exclude else None,
    )
    recommendations.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(recommendations / "recommendations.parquet", index=False)


if __name__ == "__main__":
    start(recommend_all)
