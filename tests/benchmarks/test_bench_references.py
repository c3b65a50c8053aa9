"""References that are plain code of ours compute what they stand for."""

import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.comparisons.examples import ADAPTERS, LENGTH, SMALL, invented_windows, trained_adapters
from benchmarks.comparisons.kmeans import clustered, mean_cosine
from benchmarks.comparisons.peak import counted_flops
from benchmarks.references.adapternames import PeftBank
from benchmarks.references.environment import FOLDER, WorkerError, environment_of, started
from benchmarks.references.mergedbank import MergedBank
from benchmarks.references.paddedloop import AllPositions, examples_of, padded
from raie.backbones.batches import batch_of
from raie.backbones.registry import build_backbone

N_ITEMS = 60


@pytest.fixture(scope="module", params=["sasrec", "bert4rec"])
def backbone(request):
    return build_backbone(SMALL[request.param], N_ITEMS, seed=0)


@pytest.fixture(scope="module")
def windows():
    return invented_windows(12, n_items=N_ITEMS, n_tastes=3, seed=0)


def test_merged_weights_and_adapter_names_score_alike(backbone, windows, tmp_path):
    folders = trained_adapters(backbone, 3, tmp_path)
    regions = [list(folders)[row % 3] for row in range(len(windows))]
    arrays = windows.histories, windows.history_times, regions
    merged = MergedBank(backbone, folders).scores(*arrays)
    named = PeftBank(backbone, folders, params=ADAPTERS).scores(*arrays)
    torch.testing.assert_close(merged, named, atol=1e-4, rtol=1e-4)
    batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
    base = backbone.scores(backbone(batch.items, batch.times))
    assert (merged - base)[:, 1:].abs().max() > 1e-2  # the adapters do something


def test_the_padded_loop_scores_as_the_backbone_does(windows):
    backbone = build_backbone(SMALL["bert4rec"], N_ITEMS, seed=0)
    short = windows.take(np.arange(4))
    short.histories[1, :15] = 0
    items, masked, labels = padded(examples_of(short), LENGTH, mask_last=True)
    model = AllPositions(backbone).eval()
    with torch.no_grad():
        logits = model.logits(model(items, masked))
        batch = batch_of(short.histories, short.history_times, torch.device("cpu"))
        scores = backbone.scores(backbone(batch.items, batch.times))
    assert logits.shape == (4, LENGTH + 1, N_ITEMS + 1)
    torch.testing.assert_close(logits[:, -1, 1:], scores[:, 1:], atol=1e-4, rtol=1e-4)
    assert labels.tolist() == short.next_items.tolist()


def test_invented_histories_stay_within_their_taste():
    windows = invented_windows(30, n_items=N_ITEMS, n_tastes=3, seed=0)
    tastes = (windows.histories - 1) // (N_ITEMS // 3)
    assert (tastes == (np.arange(30) % 3)[:, None]).all()
    assert ((windows.next_items - 1) // (N_ITEMS // 3) == np.arange(30) % 3).all()


def test_flops_are_two_per_product_and_sum():
    one, other = torch.zeros(3, 5), torch.zeros(5, 7)
    assert counted_flops(lambda: one @ other) == 2 * 3 * 5 * 7


def test_attention_on_the_cpu_is_counted_both_ways():
    query = torch.zeros(2, 3, 4, 8, requires_grad=True)
    product = 2 * 2 * 3 * 4 * 4 * 8  # of one (4, 8) by (8, 4), over batch and heads

    def attend():
        return torch.nn.functional.scaled_dot_product_attention(query, query, query)

    assert counted_flops(attend) == 2 * product
    # backward: the scores once more, and two gradients of either product
    assert counted_flops(lambda: attend().sum().backward()) == 2 * product + 5 * product


def test_mean_cosine_is_that_of_the_nearest_center():
    rows = clustered(200, 8, 2, seed=0)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert mean_cosine(rows, 5 * rows) == pytest.approx(1)
    assert mean_cosine(rows, rows[:1]) == pytest.approx(float((rows @ rows[0]).mean()), abs=1e-6)


def test_a_library_answers_from_a_process_of_its_own(tmp_path):
    script = tmp_path / "counting"
    source = """
        import sys
        sys.path.insert(0, FOLDER)
        from answering import answer

        def prepare(told):
            print("a library talks")
            if told["broken"]:
                raise RuntimeError("as told")
            return lambda: told["number"] + 1

        answer(prepare)
        """
    script.with_suffix(".py").write_text(textwrap.dedent(source).replace("FOLDER", repr(str(FOLDER))))
    python = Path(sys.executable)
    with started(python, str(script), {"broken": False, "number": 4}, threads=1) as side:
        for _ in range(2):
            measured = side()
            assert measured.answer == 5
            assert measured.wall >= 0
    with (
        pytest.raises(WorkerError, match="ended before it answered"),
        started(python, str(script), {"broken": True}, threads=1),
    ):
        pass


def test_an_environment_that_was_not_made_is_none(tmp_path):
    assert environment_of("recbole", tmp_path) is None
    (tmp_path / "recbole/bin").mkdir(parents=True)
    (tmp_path / "recbole/bin/python").touch()
    assert environment_of("recbole", tmp_path) == tmp_path / "recbole/bin/python"
