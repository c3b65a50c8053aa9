"""Route every user's current history and recommend the top items, with a trace of why."""

from pathlib import Path

import numpy as np
import pandas as pd

from raie.backbones.device import fix_threads
from raie.params import load_params
from raie.routing.recommend import recommend
from raie.routing.router import trace
from raie.sequences.histories import Histories
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.serving import ServedSnapshot
from raie.stages.artefacts import HISTORIES, VOCABULARY
from raie.stages.entry import start


def recommend_all(
    *, histories: Path, backbone: Path, regions: Path, adapters: Path, recommendations: Path
) -> None:
    """Run the stage."""
    params = load_params()
    fix_threads(params.compute.threads)
    served = ServedSnapshot.load(backbone=backbone, regions=regions, adapters=adapters, params=params)
    length = params.sequences.length
    current = Histories.load(histories / HISTORIES, length=length).latest(length)
    routes = served.route(served.encode(current))
    items, scores = recommend(
        served.bank,
        current.histories,
        current.history_times,
        routes,
        served.regions.ids,
        k=params.recommend.k,
        exclude_seen=params.recommend.exclude_seen,
        batch_size=params.evaluate.batch_size,
    )
    # index 0 stands for "fewer than k items are left"
    names = np.array(["", *Vocabulary.load(histories / VOCABULARY).items], dtype=object)
    table = {"user_id": current.user_ids.astype(object), **trace(routes, served.regions.ids)}
    frame = pd.DataFrame(table)
    frame["items"] = [[name for name in row if name] for row in names[items].tolist()]
    frame["scores"] = [row[np.isfinite(row)].tolist() for row in scores]
    recommendations.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(recommendations / "recommendations.parquet", index=False)


if __name__ == "__main__":
    start(recommend_all)
