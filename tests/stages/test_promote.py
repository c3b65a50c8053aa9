"""From outcomes on disk to a verdict on disk."""

import json
import subprocess
import sys
from contextlib import chdir
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from raie.metrics.ranking import MISS
from raie.snapshots.night import Night
from raie.snapshots.verdicts import PROMOTION, promoted
from raie.stages.promote import promote

ROOT = Path(__file__).parents[2]
NIGHT = Night("2024-03-01", kind="nightly")
KEYS = {"promoted", "headline", "first", "checks", "confidence", "k"}


def outcomes(n, *, unlearnt, seed):
    """Ranks around ten, the share ``unlearnt`` of which the candidate misses."""
    rng = np.random.default_rng(seed)
    champion = rng.integers(1, 20, size=n)
    return pd.DataFrame(
        {
            "user_id": [f"u{user}" for user in rng.integers(0, 40, n)],
            "region": rng.choice(["r0001", "r0002", ""], size=n),
            "champion_rank": champion,
            "candidate_rank": np.where(rng.random(n) < unlearnt, MISS, champion),
            "base_rank": champion,
        }
    )


@pytest.fixture
def judged(tmp_path):
    def run(newest, retention, night=NIGHT, **promotion):
        folder = tmp_path / "data" / "outcomes"
        folder.mkdir(parents=True, exist_ok=True)
        newest.to_parquet(folder / "newest.parquet", index=False)
        retention.to_parquet(folder / "retention.parquet", index=False)
        (tmp_path / "params.yaml").write_text(yaml.safe_dump({"promotion": {"n_resamples": 300} | promotion}))
        with chdir(tmp_path):
            (tmp_path / "night.json").write_text(json.dumps(asdict(night)))
            promote(outcomes=folder, night=tmp_path / "night.json", promotion=tmp_path / PROMOTION)
        return json.loads((tmp_path / PROMOTION).read_text())

    return run


def test_recall_is_that_of_the_ranks_and_a_copy_is_promoted(judged, tmp_path):
    newest, retention = outcomes(300, unlearnt=0, seed=1), outcomes(900, unlearnt=0, seed=2)
    verdict = judged(newest, retention)
    assert set(verdict) == KEYS and verdict["promoted"] and promoted(tmp_path)
    whole, mine = (
        next(c for c in verdict["checks"] if c["name"] == name)
        for name in ("retention", "retention of r0002")
    )
    assert whole["champion"] == whole["candidate"] == np.mean(retention["champion_rank"] <= 10)
    assert mine["windows"] == (retention["region"] == "r0002").sum()
    assert mine["champion"] == np.mean(retention["champion_rank"][retention["region"] == "r0002"] <= 10)


def test_a_candidate_that_unlearnt_is_refused(judged, tmp_path):
    verdict = judged(outcomes(300, unlearnt=0, seed=1), outcomes(900, unlearnt=0.3, seed=2))
    assert not verdict["promoted"] and not promoted(tmp_path)
    assert verdict["headline"].startswith("refused: retention fell by ")
    assert verdict["checks"][1]["difference"] < -0.1


@pytest.mark.parametrize(
    ("night", "headline"),
    [
        (replace(NIGHT, kind="restore", restored="2024-02-20"), "all rolled back to 2024-02-20"),
        (
            replace(NIGHT, kind="restore", restored="2024-02-20", restored_region="r0003"),
            "r0003 rolled back to 2024-02-20",
        ),
        (replace(NIGHT, kind="erase", erasure=("00",)), "erased"),
        (replace(NIGHT, kind="retrain", erasure=("00",)), "erased"),
    ],
)
def test_what_a_person_decided_is_judged_for_the_record_alone(judged, tmp_path, night, headline):
    tables = outcomes(300, unlearnt=0, seed=1), outcomes(900, unlearnt=0.3, seed=2)
    refused, decided = judged(*tables), judged(*tables, night=night)
    assert decided["promoted"] and promoted(tmp_path)
    assert decided["headline"].startswith(f"{headline} by decision; ")
    assert refused["headline"] in decided["headline"] and refused["checks"] == decided["checks"]
    assert not judged(*tables, night=replace(NIGHT, kind="retrain"))["promoted"]


def test_params_decide(judged):
    tables = outcomes(300, unlearnt=0, seed=1), outcomes(900, unlearnt=0.3, seed=2)
    assert judged(*tables, max_retention_loss=0.5, max_region_loss=0.5)["promoted"]
    names = [check["judged"] for check in judged(*tables, min_region_windows=800)["checks"]]
    assert names == [True, True, False, False]


def test_without_a_champion_the_candidate_is_the_first(judged):
    tables = (outcomes(50, unlearnt=0, seed=seed).drop(columns="champion_rank") for seed in (1, 2))
    verdict = judged(*tables)
    assert verdict["promoted"] and verdict["first"] and verdict["checks"] == []


def test_the_same_inputs_give_the_same_bytes(judged, tmp_path):
    tables = outcomes(300, unlearnt=0.1, seed=1), outcomes(900, unlearnt=0.1, seed=2)
    judged(*tables)
    first = (tmp_path / PROMOTION).read_bytes()
    judged(*tables)
    assert (tmp_path / PROMOTION).read_bytes() == first


def test_the_stage_is_quick_to_start():
    heavy = "{'torch', 'peft', 'sklearn', 'scipy', 'transformers'}"
    program = f"import sys, raie.stages.promote; print({heavy} & set(sys.modules) or 'none')"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "none\n"
