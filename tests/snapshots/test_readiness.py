"""A run that cannot end well does not begin: each refusal names the value, the other value and the remedy."""

import json

import numpy as np
import pytest
import torch

from raie.exceptions import MissingError, UsageError
from raie.params import Params
from raie.sequences.windows import Windows
from raie.snapshots.night import Night
from raie.snapshots.readiness import check_readiness

NIGHT = Night("2024-03-02", previous="2024-03-01", kind="nightly")


@pytest.fixture
def worktree(tmp_path):
    """What a night finds of a snapshot that was made with the default params."""
    previous = tmp_path / "data/previous"
    (previous / "backbone").mkdir(parents=True)
    config = {**Params().backbone.model_dump(), "n_items": 9}
    (previous / "backbone/backbone.json").write_text(json.dumps(config))
    for name in ("r0001", "r0002"):
        (previous / "adapters" / name).mkdir(parents=True)
        (previous / "adapters" / name / "adapter_config.json").write_text('{"r": 8, "lora_alpha": 16}')
    return tmp_path


def with_params(**sections):
    return Params.model_validate(sections)


def test_the_same_params_are_fine(worktree):
    check_readiness(worktree, NIGHT, Params())


@pytest.mark.parametrize(
    ("sections", "line"),
    [
        (
            {"backbone": {"name": "bert4rec"}},
            "backbone.name = bert4rec, but the backbone of 2024-03-01 was made with sasrec: put it back, or "
            "begin a generation with it (raie retrain)",
        ),
        ({"backbone": {"dim": 128}}, "backbone.dim = 128, but the backbone of 2024-03-01 was made with 64"),
        (
            {"adapters": {"rank": 4}},
            "adapters.rank = 4, but the adapter of r0001 in 2024-03-01 was made",
        ),
        ({"adapters": {"lora_alpha": 32}}, "adapters.lora_alpha = 32, but the adapter of r0001"),
    ],
)
def test_a_night_keeps_to_its_generation(worktree, sections, line):
    with pytest.raises(UsageError) as raised:
        check_readiness(worktree, NIGHT, with_params(**sections))
    assert str(raised.value).startswith(line)


@pytest.mark.parametrize("kind", ["construct", "retrain"])
def test_what_begins_a_generation_may_change_it(worktree, kind):
    begins = Night("2024-03-02", previous="2024-03-01", kind=kind)
    check_readiness(worktree, begins, with_params(backbone={"name": "bert4rec"}, adapters={"rank": 4}))


def test_a_setting_that_an_older_backbone_does_not_know_is_no_difference(worktree):
    stored = worktree / "data/previous/backbone/backbone.json"
    config = json.loads(stored.read_text())
    del config["mask_share"]
    stored.write_text(json.dumps(config))
    check_readiness(worktree, NIGHT, with_params(backbone={"mask_share": 0.5}))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_told_before_anything_runs(worktree):
    with pytest.raises(UsageError, match="compute.device = 'cuda', but torch finds no GPU"):
        check_readiness(worktree, NIGHT, with_params(compute={"device": "cuda"}))


def test_a_language_model_that_is_not_there_is_told_where_a_generation_begins(worktree, tmp_path):
    params = with_params(backbone={"name": "openp5", "language_model": str(tmp_path / "gone")})
    with pytest.raises(MissingError, match="gone"):
        check_readiness(worktree, Night("2024-03-01"), params)


def test_a_retrain_whose_backbone_cannot_read_what_regions_remember_is_refused(worktree):
    arrays = [np.zeros((3, 20), np.int32), np.zeros((3, 20), np.int64), np.ones(3, np.int32), np.ones(3, int)]
    remembered = Windows(np.array(["u1", "u2", "u3"]), *arrays)
    remembered.save(worktree / "data/previous/regions/memory")
    retrain = Night("2024-03-02", previous="2024-03-01", kind="retrain")
    check_readiness(worktree, retrain, Params())
    shorter = with_params(backbone={"max_length": 12}, sequences={"length": 10})
    with pytest.raises(UsageError, match="max_length = 12, but regions remember histories of 20 events"):
        check_readiness(worktree, retrain, shorter)
