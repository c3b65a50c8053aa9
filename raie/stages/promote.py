"""Judge whether the candidate may become champion."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from raie.metrics.ranking import hits_at_k
from raie.params import Params, load_params
from raie.promotion.judge import Promotion, judge, without_champion
from raie.promotion.slice import Slice
from raie.snapshots.night import Night, read_night
from raie.stages.artefacts import NEWEST, RETENTION
from raie.stages.entry import start


def promote(*, outcomes: Path, night: Path, promotion: Path) -> None:
    """Run the stage."""
    this, document = read_night(night), _judge(outcomes, load_params()).document()
    if this.decided:
        document |= {"promoted": True, "decided": True, "headline": _decided(this, document["headline"])}
    promotion.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=2, sort_keys=True, allow_nan=False) + "\n"
    promotion.write_text(text, encoding="utf-8")


def _decided(night: Night, headline: str) -> str:
    """A person decided it: what the verdict would have been is kept for the record."""
    what = "erased" if night.erasure else f"{night.restored_region or 'all'} rolled back to {night.restored}"
    return f"{what} by decision; as a candidate it would be {headline}"


def _judge(outcomes: Path, params: Params) -> Promotion:
    newest, retention = (pd.read_parquet(outcomes / name) for name in (NEWEST, RETENTION))
    k = params.evaluate.k
    if "champion_rank" not in retention:
        return without_champion(k=k, params=params.promotion)
    slices = _slice(newest, k), _slice(retention, k)
    return judge(*slices, k=k, params=params.promotion, seed=params.compute.seed)


def _slice(outcomes: pd.DataFrame, k: int) -> Slice:
    champion, candidate = (
        hits_at_k(outcomes[f"{name}_rank"].to_numpy(np.int64), k) for name in ("champion", "candidate")
    )
    users, regions = (outcomes[name].to_numpy(np.str_) for name in ("user_id", "region"))
    return Slice(champion, candidate, users, regions)


if __name__ == "__main__":
    start(promote)
