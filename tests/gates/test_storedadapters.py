import pytest

from raie.adapters.export import save_adapter
from raie.adapters.fresh import fresh_adapter
from raie.backbones.registry import build_backbone
from raie.gates.storedadapters import StoredAdapter, expected_shapes, folders_in
from raie.params import AdapterParams, BackboneParams


@pytest.fixture(params=["sasrec", "bert4rec"])
def backbone(request):
    return build_backbone(BackboneParams(name=request.param, dim=16, n_layers=2, max_length=8), 12, seed=0)


@pytest.fixture
def stored(backbone, tmp_path):
    params = AdapterParams(rank=3, lora_alpha=12)
    state = fresh_adapter(backbone, params=params, seed=0)
    save_adapter(state, tmp_path / "r0001", params=params, targets=backbone.lora_targets)
    return StoredAdapter.load(tmp_path, "r0001")


def test_what_is_expected_is_what_peft_attaches(backbone, stored):
    frozen = {name: tensor.numpy() for name, tensor in backbone.state_dict().items()}
    found = {name: tensor.shape for name, tensor in stored.state.items()}
    assert expected_shapes(frozen, stored.targets, stored.rank) == found
    assert len(found) >= 2 * 2 * 6


def test_rank_scale_and_targets_are_read(backbone, stored):
    assert (stored.rank, stored.scale) == (3, 4.0)
    assert set(stored.targets) == set(backbone.lora_targets)


def test_an_adapter_lacks_a_file_or_is_whole(stored, tmp_path):
    (tmp_path / "r0002").mkdir()
    (tmp_path / "note.txt").touch()
    (tmp_path / ".gitkeep").touch()
    assert folders_in(tmp_path) == {"r0001": True, "r0002": False, "note.txt": False}
