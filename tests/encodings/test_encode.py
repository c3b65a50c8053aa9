from dataclasses import replace

import numpy as np
import pytest
import torch

from raie.backbones.protocol import Batch
from raie.backbones.registry import build_backbone
from raie.encodings.encode import encode
from raie.exceptions import UsageError
from raie.params import BackboneParams
from raie.sequences.windows import Windows


@pytest.fixture(params=["sasrec", "bert4rec"])
def backbone(request):
    return build_backbone(BackboneParams(name=request.param, dim=16, max_length=8), 12, seed=3)


@pytest.fixture
def windows():
    rng = np.random.default_rng(0)
    histories = rng.integers(1, 13, (20, 5)).astype(np.int32)
    histories[np.arange(5) < rng.integers(0, 5, 20)[:, None]] = 0
    return Windows(
        np.array(["u"] * 20), histories, histories.astype(np.int64), histories[:, -1], np.arange(20)
    )


def test_encodings_are_unit_vectors(backbone, windows):
    encodings = encode(backbone, windows, batch_size=7)
    assert encodings.shape == (20, 16)
    assert encodings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(encodings.astype(np.float64), axis=1), 1, atol=1e-6)


def test_an_encoding_is_the_mean_hidden_state_over_its_norm(backbone, windows):
    encodings = encode(backbone, windows, batch_size=7)
    for row in range(len(windows)):
        items = torch.tensor(windows.histories[row][windows.histories[row] != 0], dtype=torch.int64)[None]
        mean = backbone.hidden_states(Batch(items, items))[0].mean(dim=0).detach().numpy()
        np.testing.assert_allclose(encodings[row], mean / np.linalg.norm(mean), atol=1e-5)


def test_encoding_twice_gives_the_same_bytes_even_after_training_mode(backbone, windows):
    first = encode(backbone, windows, batch_size=6)
    backbone.train()
    assert encode(backbone, windows, batch_size=6).tobytes() == first.tobytes()


def test_permuting_windows_permutes_encodings(backbone, windows):
    order = np.random.default_rng(1).permutation(20)
    whole = encode(backbone, windows, batch_size=20)
    np.testing.assert_allclose(encode(backbone, windows.take(order), batch_size=20), whole[order], atol=1e-6)


def test_labels_are_not_read(backbone, windows):
    unlabelled = replace(windows, next_items=windows.next_items * 0)
    np.testing.assert_array_equal(
        encode(backbone, unlabelled, batch_size=9), encode(backbone, windows, batch_size=9)
    )


def test_an_empty_history_is_refused(backbone, windows):
    windows.histories[4] = 0
    with pytest.raises(UsageError, match=r"1 of 20 histories are empty \(the first is row 4\)"):
        encode(backbone, windows, batch_size=5)


def test_no_windows_have_no_encodings(backbone, windows):
    assert encode(backbone, windows.take(np.arange(0)), batch_size=5).shape == (0, 16)


def test_half_the_bits_give_nearly_the_same_encodings(backbone, windows):
    exact = encode(backbone, windows, batch_size=7)
    rounded = encode(backbone, windows, batch_size=7, precision="bfloat16")
    assert rounded.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rounded.astype(np.float64), axis=1), 1, atol=1e-6)
    assert (exact * rounded).sum(axis=1).min() > 0.999
    assert not np.array_equal(exact, rounded)


def test_another_precision_is_refused(backbone, windows):
    with pytest.raises(UsageError, match="'float64'"):
        encode(backbone, windows, batch_size=7, precision="float64")
