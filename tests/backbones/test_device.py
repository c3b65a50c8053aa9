from typing import get_args

import pytest
import torch

from raie.backbones.device import autocast, fix_threads, pick_device
from raie.exceptions import UsageError
from raie.params import ComputeParams


@pytest.fixture(autouse=True)
def settings_put_back(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(deterministic)


def test_auto_takes_a_gpu_where_there_is_one(monkeypatch):
    for available, expected in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda available=available: available)
        assert pick_device("auto").type == expected
        assert pick_device("cpu").type == "cpu"


def test_a_missing_gpu_and_other_names_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="finds no GPU"):
        pick_device("cuda")
    with pytest.raises(UsageError, match="'tpu'"):
        pick_device("tpu")


@pytest.mark.parametrize("available", [True, False])
def test_threads_are_fixed_and_a_gpu_is_deterministic(monkeypatch, available):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    torch.use_deterministic_algorithms(False)
    fix_threads(1)
    assert torch.get_num_threads() == 1
    assert torch.are_deterministic_algorithms_enabled() == available


@pytest.mark.parametrize("precision", get_args(ComputeParams.model_fields["precision"].annotation))
def test_products_are_made_in_the_precision_asked_for(precision):
    layer = torch.nn.Linear(4, 4)
    with torch.no_grad(), autocast(precision, "cpu"):
        product = layer(torch.ones(2, 4))
    assert str(product.dtype) == f"torch.{precision}"
    assert layer.weight.dtype == torch.float32


def test_another_precision_is_refused():
    with pytest.raises(UsageError, match="compute.precision = 'int4': use float32 or bfloat16"):
        autocast("int4", "cpu")
