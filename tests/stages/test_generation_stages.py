"""From pretrain to adapt over genesis, a night, a retrain and a night, on real backbones and files."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import yaml
from safetensors.numpy import load_file

from raie.backbones.store import load_backbone
from raie.encodings.encode import encode
from raie.encodings.memory import Memory
from raie.exceptions import MissingError
from raie.regions.regionset import RegionSet
from raie.sequences.vocabulary import Vocabulary
from raie.sequences.windows import Windows
from raie.snapshots.geometry import load_regions
from raie.snapshots.ledger import chain, replay
from raie.snapshots.lock import CHECKPOINTS
from raie.snapshots.night import GENESIS_HASH, Night
from raie.stages.adapt import adapt
from raie.stages.edit import edit
from raie.stages.encode import encode_windows
from raie.stages.pretrain import train

ROOT = Path(__file__).parents[2]
ITEMS_PER_TASTE, LENGTH = 10, 6
SMALL = {
    "sequences": {"length": 6},
    "backbone": {"dim": 16, "n_layers": 1, "max_length": 8},
    "pretrain": {"epochs": 12, "batch_size": 32, "learning_rate": 0.01, "new_item_epochs": 1},
    "regions": {"n_regions": 3, "memory_size": 60, "n_init": 4},
    "edits": {"min_candidate_size": 10, "min_pool_size": 20},
    "adapters": {"rank": 2, "epochs": 1, "min_windows": 8},
    "compute": {"threads": 1, "device": "cpu"},
}


def windows_of(tastes, seed):
    """A window per taste named; every taste has items of its own."""
    if not len(tastes):
        return windows_of([0], seed).take(np.zeros(0, dtype=np.int64))
    generator = np.random.default_rng(seed)
    first = 1 + ITEMS_PER_TASTE * np.asarray(tastes)[:, None]
    items = first + np.array([generator.permutation(ITEMS_PER_TASTE)[: LENGTH + 1] for _ in tastes])
    times = 86_400 * 19_800 + np.tile(np.arange(LENGTH + 1), (len(items), 1)) + 1000 * seed
    users = np.array([f"t{taste}-{seed}-{row}" for row, taste in enumerate(tastes)])
    items = items.astype(np.int32)
    return Windows(users, items[:, :LENGTH], times[:, :LENGTH], items[:, LENGTH], times[:, LENGTH])


def taste_of(windows):
    return np.array([int(user[1]) for user in windows.user_ids.tolist()])


class Runs:
    """One folder per snapshot, its stages run from the one before."""

    def __init__(self, folder):
        self.folder, self.entries = folder, {}

    def make(self, night, tastes, *, n_tastes, seed):
        out = self.folder / night.snapshot
        before, back = (self.folder / (name or "nothing") for name in (night.previous, night.restored))
        self._deliver(out, windows_of(tastes, seed), n_tastes * ITEMS_PER_TASTE, seed)
        (out / "night.json").write_text(json.dumps(asdict(night)))
        about = {"night": out / "night.json", "windows": out / "windows"}
        paths = {"previous": before / "backbone", "restored": back / "backbone"}
        train(**about, **paths, histories=out, backbone=out / "backbone")
        encode_windows(
            **about,
            backbone=out / "backbone",
            previous=before / "regions",
            encodings=out / "encodings",
        )
        edit(
            **about,
            encodings=out / "encodings",
            previous=before / "regions",
            restored=back / "regions",
            regions=out / "regions",
            decisions=out / "decisions",
        )
        adapt(
            night=about["night"],
            decisions=out / "decisions",
            regions=out / "regions",
            backbone=out / "backbone",
            previous_regions=before / "regions",
            previous=before / "adapters",
            restored_regions=back / "regions",
            restored=back / "adapters",
            adapters=out / "adapters",
            training=out / "training.json",
        )
        lines = (out / "decisions" / "edits.jsonl").read_text().splitlines()
        records = [
            {"snapshot": night.snapshot, "generation": night.generation, **json.loads(x)} for x in lines
        ]
        self.entries[night.snapshot] = chain(records, head=GENESIS_HASH)
        return out

    def _deliver(self, out, windows, n_items, seed):
        (out / "windows" / "training").mkdir(parents=True)
        windows.save(out / "windows" / "incoming")
        trainable = np.arange(len(windows)) % 10 > 0
        np.save(out / "windows" / "trainable.npy", trainable, allow_pickle=False)
        filled = windows.histories[trainable] > 0
        arrays = {
            "items": windows.histories[trainable][filled],
            "times": windows.history_times[trainable][filled],
            "ends": np.cumsum(filled.sum(axis=1)),
        }
        for name, array in arrays.items():
            np.save(out / "windows" / "training" / f"{name}.npy", array, allow_pickle=False)
        windows.take(~trainable).save(out / "windows" / "validation")
        Vocabulary(tuple(f"i{item}" for item in range(n_items))).save(out / "vocabulary.json")

    def regions(self, snapshot):
        return load_regions(self.folder / snapshot / "regions")

    def memory(self, snapshot):
        return Memory.load(self.folder / snapshot / "regions" / "memory")

    def edits(self, snapshot):
        return [entry["edit"] for entry in self.entries[snapshot]]

    def backbone(self, snapshot):
        return load_file(self.folder / snapshot / "backbone" / "model.safetensors")


GENESIS = Night("2024-03-01", "2024-03-01")
NIGHT = Night("2024-03-02", "2024-03-02", "2024-03-01", kind="nightly")
RETRAIN = Night("2024-03-03", "2024-03-03", "2024-03-02", kind="retrain", generation=2)
AFTER = Night("2024-03-04", "2024-03-04", "2024-03-03", kind="nightly", generation=2)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    (folder / "nothing").mkdir()
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for section, values in SMALL.items():
        params[section].update(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv(CHECKPOINTS, str(folder / "checkpoints"))
        made = Runs(folder)
        (folder / "params.yaml").write_text(yaml.safe_dump(params))
        made.make(GENESIS, [0] * 90 + [1] * 70 + [2] * 50, n_tastes=3, seed=1)
        made.make(NIGHT, [0] * 20 + [1] * 20 + [2] * 20, n_tastes=3, seed=2)
        # by now taste 1 is gone and taste 3 has come, with items of its own; the backbone is another one
        params["backbone"]["dim"] = 24
        params["compute"]["seed"] = 5
        (folder / "params.yaml").write_text(yaml.safe_dump(params))
        made.make(RETRAIN, [0] * 110 + [2] * 70 + [3] * 60, n_tastes=4, seed=3)
        made.make(AFTER, [0] * 20 + [2] * 20 + [3] * 20, n_tastes=4, seed=4)
        yield made


def region_of(runs, snapshot, taste):
    """The region that most of a taste's remembered windows belong to, and their share."""
    memory = runs.memory(snapshot)
    names, counts = np.unique(memory.region_ids[taste_of(memory.windows) == taste], return_counts=True)
    return str(names[counts.argmax()]), counts.max() / counts.sum()


def test_ids_go_on_by_content_and_are_never_used_again(runs):
    named = {taste: region_of(runs, "2024-03-02", taste) for taste in (0, 1, 2)}
    assert min(share for _, share in named.values()) > 0.9
    for snapshot in ("2024-03-03", "2024-03-04"):
        assert region_of(runs, snapshot, 0)[0] == named[0][0]
        assert region_of(runs, snapshot, 2)[0] == named[2][0]
        assert region_of(runs, snapshot, 3) == ("r0004", 1.0)
    ended = [item["region"] for item in runs.edits("2024-03-03") if item["operation"] == "end"]
    assert ended == [named[1][0]]
    assert runs.regions("2024-03-03").next_serial == 5


def test_a_retrain_trains_a_backbone_from_scratch_and_a_night_only_grows_it(runs):
    first, night, new, after = (runs.backbone(name) for name in sorted(runs.entries))
    assert all(np.array_equal(first[name], night[name]) for name in first)
    assert all(np.array_equal(new[name], after[name]) for name in new)
    assert first["items.genesis"].shape == (31, 16) and new["items.genesis"].shape == (41, 24)
    log = json.loads((runs.folder / "2024-03-03" / "backbone" / "training.json").read_text())
    assert log and not (runs.folder / "2024-03-02" / "backbone" / "training.json").exists()


def test_lineage_encodings_are_the_old_memory_seen_by_the_new_backbone(runs):
    stored = np.load(runs.folder / "2024-03-03" / "encodings" / "lineage.npy", allow_pickle=False)
    memory = runs.memory("2024-03-02")
    model = load_backbone(runs.folder / "2024-03-03" / "backbone")
    assert stored.shape == (len(memory), 24) and stored.dtype == np.float32
    np.testing.assert_allclose(stored, encode(model, memory.windows, batch_size=7), atol=1e-6)
    others = [path.name for path in runs.folder.glob("*/encodings/lineage.npy")]
    assert len(others) == 1, "only a retrain has them"


def test_a_generation_begins_with_its_own_memory_and_an_empty_pool(runs):
    memory, regions = runs.memory("2024-03-03"), runs.regions("2024-03-03")
    assert regions.dim == memory.encodings.shape[1] == 24
    assert set(memory.region_ids) == set(regions.ids)
    assert np.unique(memory.region_ids, return_counts=True)[1].max() <= 60
    assert len(Memory.load(runs.folder / "2024-03-03" / "regions" / "pool")) == 0
    incoming = Windows.load(runs.folder / "2024-03-03" / "windows" / "incoming")
    held = set(incoming.user_ids[::10])
    assert held and not held & set(memory.windows.user_ids)


def test_replaying_all_edits_gives_every_stored_set(runs):
    current = RegionSet.empty(16)
    for snapshot, entries in sorted(runs.entries.items()):
        current, stored = replay(entries, current), runs.regions(snapshot)
        assert current.to_document() == stored.to_document()
        for name, array in stored.to_arrays().items():
            assert current.to_arrays()[name].tobytes() == array.tobytes(), name


def test_edits_of_a_retrain_say_what_stood_behind_them(runs):
    before, after = runs.regions("2024-03-02"), runs.regions("2024-03-03")
    for entry in runs.entries["2024-03-03"]:
        made = entry["edit"]
        ends, renews = made["operation"] == "end", made["operation"] == "renew"
        assert (entry["center_before"] is not None) == (ends or renews) == (made["region"] in before.ids)
        assert (entry["center_after"] is not None) == (not ends) == (made["region"] in after.ids)
        assert (entry["sequences_digest"] is None) == ends
        assert made["scores"]["generation"] == 2
    kept = [made["region"] for made in runs.edits("2024-03-03") if made["operation"] == "renew"]
    births = dict(zip(after.ids, after.born, strict=True))
    assert births == {**dict.fromkeys(kept, "2024-03-01"), "r0004": "2024-03-03"}


def test_a_retrains_adapters_are_fresh_and_the_next_night_trains_them(runs):
    for snapshot, trained in (("2024-03-03", False), ("2024-03-04", True)):
        log = json.loads((runs.folder / snapshot / "training.json").read_text())
        assert set(log) == set(runs.regions(snapshot).ids)
        assert {entry["trained"] for entry in log.values()} == {trained}
        for region in log:
            weights = load_file(runs.folder / snapshot / "adapters" / region / "adapter_model.safetensors")
            moved = max(np.abs(weight).max() for name, weight in weights.items() if "lora_B" in name)
            assert (moved > 0) == trained


def test_a_retrain_makes_as_many_regions_as_there_are_by_then(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    params = yaml.safe_load((runs.folder / "params.yaml").read_text())
    before, out = runs.folder / "2024-03-02", runs.folder / "2024-03-03"
    for asked, made in ((1, 3), (3, 3), (5, 5)):
        params["regions"]["n_regions"] = asked
        Path("params.yaml").write_text(yaml.safe_dump(params))
        edit(
            windows=out / "windows",
            encodings=out / "encodings",
            previous=before / "regions",
            restored=runs.folder / "nothing",
            night=out / "night.json",
            regions=tmp_path / f"regions{asked}",
            decisions=tmp_path / "decisions",
        )
        assert len(load_regions(tmp_path / f"regions{asked}")) == made


def test_the_mode_is_the_nights_kind_and_not_what_lies_about(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(runs.folder)
    monkeypatch.setenv(CHECKPOINTS, str(tmp_path))
    out = runs.folder / "2024-03-01"
    again = {"windows": out / "windows", "histories": out, "night": tmp_path / "night.json"}
    again["restored"] = runs.folder / "nothing"
    again["night"].write_text(json.dumps(asdict(GENESIS)))
    train(**again, previous=runs.folder / "2024-03-02" / "backbone", backbone=tmp_path / "scratch")
    assert (tmp_path / "scratch" / "training.json").is_file()
    again["night"].write_text(json.dumps(asdict(NIGHT)))
    with pytest.raises(MissingError, match="no backbone at"):
        train(**again, previous=runs.folder / "nothing", backbone=tmp_path / "grown")
