"""Three snapshots in miniature: every file is real, only the stages between them are left out."""

import hashlib
import json
import shutil
from contextlib import chdir
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from safetensors.numpy import save_file

from raie.edits.apply import construct_edits
from raie.edits.edit import Edit
from raie.edits.fold import fold
from raie.regions.regionset import RegionSet, region_digest
from raie.snapshots.digests import canonical
from raie.snapshots.geometry import save_regions
from raie.snapshots.git import git
from raie.snapshots.night import GENESIS_HASH, Night
from raie.snapshots.pointers import write_previous
from raie.snapshots.tags import tag_snapshot
from raie.snapshots.workspace import TRACKED
from raie.stages.snapshot import record

ROOT = Path(__file__).parents[2]
GENESIS, MIDDLE, NEWEST = SNAPSHOTS = ("2024-03-01", "2024-03-02", "2024-03-04")
DIM = 6
PARAMS = {"adapters": {"rank": 4}, "compute": {"seed": 3}, "alarm": {"nights": 5}, "data": {"min_rating": 3}}
STAGES = {
    "ingest": ("data/inbox data/night.json data/previous/raw code", "data/raw data/accepted data/quarantine"),
    "pretrain": ("data/raw data/previous/histories", "data/histories data/backbone"),
    "edit": ("data/previous/regions code/edit.py", "data/regions data/decisions"),
    "adapt": ("data/regions data/previous/adapters", "data/adapters data/training.json"),
    "evaluate": ("data/adapters", "data/metrics.json data/recommendations"),
    "snapshot": (
        "data/gates requirements.lock",
        "data/ledger.jsonl data/manifest.json data/gates.html data/card.md",
    ),
}
WRITTEN = {"ledger": "ledger.jsonl", "manifest": "manifest.json", "card": "card.md"}


def make_chain(root):
    """Make ``root`` a repository with a genesis and two nights, and everything in DVC's cache."""
    _first_commit(root)
    rng, regions, previous = np.random.default_rng(7), RegionSet.empty(DIM), None
    for snapshot, edits in zip(SNAPSHOTS, _edits(rng), strict=True):
        night = _night(root, snapshot, previous)
        if previous:
            shutil.rmtree(root / "data/previous")
            write_previous(root, f"snapshot/{previous}")
        after = fold(regions, edits, snapshot=snapshot, date=snapshot)
        _write_artefacts(root / "data", snapshot, rng, after)
        _write_edits(root / "data", edits, regions, after, snapshot)
        _write_documents(root / "data", night, after)
        _lock(root)
        tag_snapshot(root, snapshot=snapshot, previous=previous, tracked=TRACKED, message=snapshot)
        regions, previous = after, snapshot
    return root


def _first_commit(root):
    root.mkdir()
    git(root, "init", "--quiet", "--template=", "--initial-branch", "main")
    for name in ("code", ".dvc", "data/gates", "data/previous/raw"):
        (root / name).mkdir(parents=True)
    for name in ("histories", "regions", "adapters", "backbone"):
        (root / "data/previous" / name).mkdir()
        (root / "data/previous" / name / ".gitkeep").touch()
    (root / "data/previous/raw/.gitkeep").touch()
    shutil.copyfile(ROOT / ".gitignore", root / ".gitignore")
    (root / ".dvc/config").write_text("[core]\n    analytics = false\n")
    (root / "code/edit.py").write_text("edit = 1\n")
    (root / "code/ingest.py").write_text("ingest = 1\n")
    (root / "requirements.lock").write_text("numpy==2\n")
    (root / "params.yaml").write_text(yaml.safe_dump(PARAMS))
    stages = {name: {"cmd": name} for name in STAGES}
    (root / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    git(root, "add", "--all")
    git(root, "add", "--force", *(str(path) for path in root.rglob(".gitkeep")))
    git(root, "commit", "--quiet", "--no-gpg-sign", "-m", "first")


def _edits(rng):
    """The edits of each night: three regions, then an update and a fourth, then a merge and a retirement."""
    begun = RegionSet.from_statistics(
        ids=("r0001", "r0002", "r0003"),
        parents=((),) * 3,
        born=(GENESIS,) * 3,
        last_seen=(GENESIS,) * 3,
        next_serial=4,
        resultants=rng.standard_normal((3, DIM)),
        counts=np.array([5.0, 6.0, 7.0]),
        radii=np.array([0.3, 0.4, 0.5]),
    )
    yield construct_edits(begun, radius_quantile=0.9)
    yield _edit(rng, "update", "r0001"), _edit(rng, "update", "r0003"), _edit(rng, "add", "r0004", "r0002")
    yield _edit(rng, "merge", "r0001", "r0004"), _edit(rng, "update", "r0001"), _edit(rng, "retire", "r0003")


def _edit(rng, operation, region, *parents):
    increment, weight = rng.standard_normal(DIM), float(rng.uniform(1, 9))
    return Edit(operation, region, parents, 0.9, increment, weight, 0.6, int(weight), {"share": 0.5})


def _night(root, snapshot, previous):
    kind = "nightly" if previous else "construct"
    manifest = json.loads((root / "data/manifest.json").read_text()) if previous else {}
    head, commit = manifest.get("ledger_head", GENESIS_HASH), git(root, "rev-parse", "HEAD")
    return Night(snapshot, snapshot, previous, commit, head, f"{kind} {snapshot}", kind, 1)


def _write_artefacts(data, snapshot, rng, regions):
    for name in ("inbox", "accepted"):
        shutil.rmtree(data / name, ignore_errors=True)
    day = pd.DataFrame(
        {"user_id": ["u1", "u2"], "item_id": ["i1", "i2"], "timestamp": rng.integers(9, size=2)}
    )
    for folder, file in (("inbox", snapshot), ("raw", snapshot), ("accepted", "interactions")):
        (data / folder).mkdir(exist_ok=True)
        day.to_parquet(data / folder / f"{file}.parquet")
    for name in ("quarantine", "histories", "backbone", "decisions", "recommendations"):
        (data / name).mkdir(exist_ok=True)
    for name in ("histories", "backbone", "recommendations"):
        np.save(data / name / "array.npy", rng.standard_normal(4), allow_pickle=False)
    save_regions(regions, data / "regions")
    np.save(data / "regions" / "memory.npy", rng.standard_normal(4), allow_pickle=False)
    shutil.rmtree(data / "adapters", ignore_errors=True)
    for region in regions.ids:
        (data / "adapters" / region).mkdir(parents=True)
        adapter = {"lora_A": rng.standard_normal((4, DIM)).astype(np.float32)}
        save_file(adapter, data / "adapters" / region / "adapter_model.safetensors")


def _write_edits(data, edits, before, after, date):
    def digest(regions, region):
        return region_digest(regions, region) if region in regions.ids else None

    lines = [
        {
            "date": date,
            "edit": edit.to_document(),
            "center_before": digest(before, edit.region),
            "center_after": digest(after, edit.region),
            "sequences_digest": hashlib.sha256(edit.region.encode()).hexdigest(),
        }
        for edit in edits
    ]
    (data / "decisions/edits.jsonl").write_text("".join(canonical(line) + "\n" for line in lines))


def _write_documents(data, night, regions):
    (data / "night.json").write_text(json.dumps(asdict(night)))
    (data / "metrics.json").write_text(json.dumps({"setup_heldout": {"windows": 40}}))
    (data / "training.json").write_text(json.dumps({name: {"trained": True} for name in regions.ids}))
    for gate in ("interactions", "promotion"):
        (data / "gates" / f"{gate}.json").write_text(json.dumps({"passed": True, "headline": f"{gate} fine"}))
    written = {name: data / file for name, file in WRITTEN.items()}
    with chdir(data.parent):
        record(night=data / "night.json", data=data, gates_page=data / "gates.html", **written)


def _lock(root):
    """Put all outputs into DVC's cache and write ``dvc.lock``, as DVC does."""
    delivered = {"outs": [_entry(root, "data/inbox") | {"path": "inbox"}]}
    (root / "data/inbox.dvc").write_text(yaml.safe_dump(delivered))
    stages = {}
    for name, (deps, outs) in STAGES.items():
        stages[name] = {
            "cmd": name,
            "deps": [_entry(root, path) for path in deps.split()],
            "params": {"params.yaml": {"compute.seed": 3, "data": PARAMS["data"]}},
            "outs": [_entry(root, path) for path in outs.split()],
        }
    (root / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}))


def _entry(root, path):
    pointer = root / f"{path}.dvc"
    if path.startswith("data/previous/") and pointer.is_file():
        (out,) = yaml.safe_load(pointer.read_text())["outs"]
        return out | {"path": path}
    if (root / path).is_file():
        content = (root / path).read_bytes()
        return {"path": path, "hash": "md5", "md5": _cache(root, content), "size": len(content)}
    files = sorted(file for file in (root / path).rglob("*") if file.is_file())
    listing = [
        {"md5": _cache(root, file.read_bytes()), "relpath": file.relative_to(root / path).as_posix()}
        for file in files
    ]
    listing.sort(key=lambda row: row["relpath"])
    md5 = _cache(root, json.dumps(listing, sort_keys=True).encode(), ".dir")
    size = sum(file.stat().st_size for file in files)
    return {"path": path, "hash": "md5", "md5": md5, "size": size, "nfiles": len(files)}


def _cache(root, content, ending=""):
    md5 = hashlib.md5(content).hexdigest() + ending
    file = root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o444)
    return md5
