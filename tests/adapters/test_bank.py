import copy
import json

import numpy as np
import peft
import pytest
import torch

from raie.adapters.bank import AdapterBank
from raie.adapters.export import save_adapter
from raie.adapters.fresh import fresh_adapter
from raie.backbones.batches import batch_of
from raie.backbones.registry import build_backbone
from raie.exceptions import MissingError, UsageError
from raie.params import AdapterParams

IDS = ("r0001", "r0002", "r0010")


def noisy_adapter(backbone, params, seed):
    """An adapter that changes the outputs, as a trained one does."""
    generator = torch.Generator().manual_seed(seed)
    state = fresh_adapter(backbone, params=params, seed=seed)
    return {key: torch.randn(value.shape, generator=generator) * 0.3 for key, value in state.items()}


@pytest.fixture
def folders(backbone, params, tmp_path):
    for seed, name in enumerate(IDS):
        state = noisy_adapter(backbone, params, seed)
        save_adapter(state, tmp_path / name, params=params, targets=backbone.lora_targets)
    return {name: tmp_path / name for name in IDS}


def test_each_resident_adapter_equals_itself_alone(backbone, windows, folders):
    bank = AdapterBank(backbone, folders)
    batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
    for name, folder in folders.items():
        alone = peft.PeftModel.from_pretrained(copy.deepcopy(backbone), folder).eval()
        states = bank.states(windows.histories, windows.history_times, [name] * len(windows))
        assert torch.allclose(states, alone(batch.items, batch.times), atol=1e-5)


def test_none_is_the_base_whatever_ran_before(backbone, windows, folders):
    bank = AdapterBank(backbone, folders)
    batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
    expected = backbone(batch.items, batch.times)
    for name in (*IDS, None):
        if name:
            states = bank.states(windows.histories, windows.history_times, [name] * len(windows))
            assert not torch.allclose(states, expected, atol=1e-3)
        assert torch.equal(
            bank.states(windows.histories, windows.history_times, [None] * len(windows)), expected
        )


def test_agrees_with_a_mixed_batch_of_peft(backbone, windows, folders):
    stack = peft.PeftModel.from_pretrained(copy.deepcopy(backbone), folders[IDS[0]], adapter_name=IDS[0])
    for name in IDS[1:]:
        stack.load_adapter(folders[name], adapter_name=name)
    names = [("__base__", *IDS)[row % 4] for row in range(len(windows))]
    batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
    with torch.no_grad():
        mixed = stack.eval()(batch.items, batch.times, adapter_names=names)
    adapters = [None if name == "__base__" else name for name in names]
    states = AdapterBank(backbone, folders).states(windows.histories, windows.history_times, adapters)
    assert torch.allclose(states, mixed, atol=1e-5)


def test_a_row_gets_the_same_bytes_whatever_adapters_the_others_have(backbone, windows, folders):
    bank = AdapterBank(backbone, folders)
    generator = np.random.default_rng(3)
    arrays = windows.histories, windows.history_times
    alike = {name: bank.states(*arrays, [name] * len(windows)) for name in (None, *IDS)}
    for _ in range(3):
        adapters = [(None, *IDS)[choice] for choice in generator.integers(4, size=len(windows))]
        for row, state in enumerate(bank.states(*arrays, adapters)):
            assert torch.equal(state, alike[adapters[row]][row])


def test_who_else_is_resident_changes_no_byte(backbone, windows, folders):
    alone = AdapterBank(backbone, {IDS[1]: folders[IDS[1]]})
    arrays = windows.histories, windows.history_times, [IDS[1]] * len(windows)
    assert torch.equal(alone.states(*arrays), AdapterBank(backbone, folders).states(*arrays))


def test_backbone_and_generator_are_left_as_they_were(backbone, windows, folders):
    before, random = copy.deepcopy(backbone.state_dict()), torch.random.get_rng_state()
    bank = AdapterBank(backbone, folders)
    bank.states(windows.histories, windows.history_times, [IDS[0]] * len(windows))
    assert backbone.state_dict().keys() == before.keys()
    assert all(torch.equal(backbone.state_dict()[key], before[key]) for key in before)
    assert torch.equal(torch.random.get_rng_state(), random)


def test_a_bank_without_adapters_is_the_base(backbone, windows):
    bank = AdapterBank(backbone, {})
    batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
    states = bank.states(windows.histories, windows.history_times, [None] * len(windows))
    assert torch.equal(states, backbone(batch.items, batch.times))
    assert torch.equal(bank.scores(states), backbone.scores(states))
    with pytest.raises(MissingError, match="holds none"):
        bank.states(windows.histories, windows.history_times, ["r0001"] * len(windows))


@pytest.mark.parametrize("name", ["r0003", "", "__base__", "default"])
def test_unknown_adapters_are_refused_and_never_the_base(backbone, windows, folders, name):
    bank = AdapterBank(backbone, folders)
    with pytest.raises(MissingError, match="no adapter"):
        bank.states(windows.histories, windows.history_times, [name] * len(windows))


@pytest.mark.filterwarnings("ignore:Found missing adapter keys")
def test_an_adapter_of_other_layers_is_refused(backbone, params, tmp_path):
    state = fresh_adapter(backbone, params=params, seed=0)
    half = dict(list(state.items())[: len(state) // 2])
    save_adapter(half, tmp_path / "r0001", params=params, targets=backbone.lora_targets)
    with pytest.raises(UsageError, match="adapter of r0001 does not fit"):
        AdapterBank(backbone, {"r0001": tmp_path / "r0001"})


def test_an_adapter_that_names_another_backbone_is_refused(backbone, params, tmp_path):
    state = fresh_adapter(backbone, params=params, seed=0)
    folders = {name: tmp_path / name for name in ("r0001", "r0002")}
    save_adapter(state, folders["r0001"], params=params, targets=backbone.lora_targets, base="aa" * 32)
    save_adapter(state, folders["r0002"], params=params, targets=backbone.lora_targets)  # as it once was
    assert AdapterBank(backbone, folders, base="aa" * 32).adapters == ("r0001", "r0002")
    with pytest.raises(UsageError, match=f"r0001 was made for backbone {'a' * 12}, this one is {'b' * 12}"):
        AdapterBank(backbone, folders, base="bb" * 32)


SPOILT = {
    "no weights": ("adapter_model.safetensors", lambda _: b"", "is no whole safetensors file"),
    "no document": ("adapter_config.json", lambda _: b"{", "is no JSON document"),
    "no rank": ("adapter_config.json", lambda held: changed(held, r=None), r"r, lora_alpha = \[None, "),
    "rank 0": ("adapter_config.json", lambda held: changed(held, r=0), "must be positive"),
    "another scale": (
        "adapter_config.json",
        lambda held: changed(held, use_rslora=True),
        "use_rslora = True",
    ),
    "another product": ("adapter_config.json", lambda held: changed(held, use_dora=True), "use_dora = True"),
}


def changed(document, **entries):
    return json.dumps({**json.loads(document), **entries}).encode()


@pytest.mark.parametrize("fault", SPOILT)
def test_a_spoilt_adapter_is_one_line(backbone, folders, fault):
    name, spoil, message = SPOILT[fault]
    path = folders["r0001"] / name
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(UsageError, match=message) as caught:
        AdapterBank(backbone, folders)
    assert "\n" not in str(caught.value)


def test_what_cannot_be_computed_with_is_refused_at_once(backbone, folders):
    with pytest.raises(UsageError, match="device 'gpu' is not there"):
        AdapterBank(backbone, folders, device="gpu")
    with pytest.raises(UsageError, match="compute.precision = 'float16'"):
        AdapterBank(backbone, folders, precision="float16")


def test_nobody_asks_nothing_is_answered(backbone, windows, folders):
    none = windows.take(np.arange(0))
    states = AdapterBank(backbone, folders).states(none.histories, none.history_times, [])
    assert states.shape == (0, backbone.params.dim)


def test_an_adapter_of_another_width_is_refused(backbone, params, tmp_path):
    wider = build_backbone(backbone.params.model_copy(update={"dim": 32}), 12, 3)
    state = fresh_adapter(wider, params=params, seed=0)
    save_adapter(state, tmp_path / "r0001", params=params, targets=backbone.lora_targets)
    with pytest.raises(UsageError, match="adapter of r0001 does not fit"):
        AdapterBank(backbone, {"r0001": tmp_path / "r0001"})


def test_half_the_bits_give_nearly_the_same_states(backbone, windows, folders):
    adapters = ([None, *folders] * len(windows))[: len(windows)]
    arrays = windows.histories, windows.history_times, adapters
    exact = AdapterBank(backbone, folders).states(*arrays)
    rounded = AdapterBank(backbone, folders, precision="bfloat16").states(*arrays)
    assert rounded.dtype == torch.float32
    assert torch.nn.functional.cosine_similarity(exact, rounded).min() > 0.99
    assert not torch.equal(exact, rounded)


def test_adapters_may_have_different_ranks(backbone, windows, folders, tmp_path):
    params = AdapterParams(rank=2)
    state = noisy_adapter(backbone, params, 9)
    save_adapter(state, tmp_path / "r0011", params=params, targets=backbone.lora_targets)
    alone = AdapterBank(backbone, {"r0011": tmp_path / "r0011"})
    beside = AdapterBank(backbone, {**folders, "r0011": tmp_path / "r0011"})
    arrays = windows.histories, windows.history_times, [None, "r0011"] * 20
    assert torch.allclose(alone.states(*arrays), beside.states(*arrays), atol=1e-4)


def test_missing_folders_and_dotted_ids_are_refused(backbone, folders, tmp_path):
    with pytest.raises(MissingError, match="no adapter at"):
        AdapterBank(backbone, {"r0004": tmp_path / "r0004"})
    with pytest.raises(UsageError, match=r"'r0.1' holds a '\.'"):
        AdapterBank(backbone, {"r0.1": folders["r0001"]})


def test_every_row_needs_an_adapter(backbone, windows, folders):
    with pytest.raises(UsageError, match="2 adapters for 40 histories"):
        AdapterBank(backbone, folders).states(windows.histories, windows.history_times, ["r0001", None])
