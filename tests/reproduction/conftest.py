"""A project in miniature: its own package, two stages, a genesis and a night on top of it."""

import json
import shutil

import pytest
import yaml

from raie.snapshots.dvc import dvc
from raie.snapshots.git import git
from raie.snapshots.pointers import write_pointers
from raie.snapshots.tags import tag_snapshot

# what another processor does to the last digits, the environment does here
GROW = """
import json, os
from pathlib import Path
start = [json.loads(path.read_text()) for path in Path("data/previous/state").glob("grown.json")]
rows = json.loads(Path("data/inbox/rows.json").read_text())
nudge = float(os.environ.get("NUDGE", "0"))
grown = [sum(column) + nudge for column in zip(rows, *start)]
Path("data/state").mkdir()
Path("data/state/grown.json").write_text(json.dumps(grown))
Path("data/state/ids.json").write_text(json.dumps([os.environ.get("NAME", "r0001")]))
"""
TELL = """
import json
from pathlib import Path
total = sum(json.loads(Path("data/state/grown.json").read_text()))
Path("data/total.json").write_text(json.dumps({"total": total, "digest": f"{hash(total):064x}"}))
"""
PIPELINE = {
    "stages": {
        "grow": {
            "cmd": "python -m raie.grow",
            "params": ["pace"],
            "deps": ["data/inbox", "data/previous/state", "raie"],
            "outs": ["data/state"],
        },
        "tell": {
            "cmd": "python -m raie.tell",
            "deps": ["data/state"],
            "outs": [{"data/total.json": {"cache": False}}],
        },
    }
}
IGNORED = "/.raie\n__pycache__/\n/data/inbox\n/data/state\n/data/previous/state\n"
MACHINE = {"machine": "x86_64", "python": "3.11", "numpy": "1.0"}


def write_project(root):
    (root / "raie").mkdir()
    for name, code in {"__init__": "", "grow": GROW, "tell": TELL}.items():
        (root / f"raie/{name}.py").write_text(code)
    (root / ".dvc").mkdir()
    (root / ".dvc/config").write_text("[core]\n    analytics = false\n    autostage = false\n")
    (root / ".dvc/.gitignore").write_text("/config.local\n/tmp\n/cache\n")
    (root / ".gitignore").write_text(IGNORED)
    (root / ".dvcignore").write_text("__pycache__\n.raie\n")
    (root / "dvc.yaml").write_text(yaml.safe_dump(PIPELINE, sort_keys=False))
    (root / "params.yaml").write_text("pace: 1\n")
    (root / "data/previous/state").mkdir(parents=True)
    (root / "data/previous/state/.gitkeep").touch()
    git(root, "init", "--quiet", "--initial-branch", "main")
    git(root, "add", "--all")
    git(root, "add", "--force", "data/previous/state/.gitkeep")
    git(root, "commit", "--quiet", "--no-gpg-sign", "--message", "code")


def make_snapshot(root, snapshot, previous, rows):
    """Make a snapshot in a work tree of its own, as the flows do."""
    worktree = root / ".raie" / snapshot
    git(root, "worktree", "add", "--quiet", "--detach", str(worktree), "HEAD")
    (worktree / ".dvc/config.local").write_text(f"[cache]\n    dir = {root / '.dvc/cache'}\n")
    (worktree / "data/inbox").mkdir()
    (worktree / "data/inbox/rows.json").write_text(json.dumps(rows))
    dvc(worktree, "add", "data/inbox")
    if previous:
        git(worktree, "rm", "-r", "--quiet", "--cached", "data/previous/state")
        shutil.rmtree(worktree / "data/previous/state")
        pointers = write_pointers(
            worktree, f"snapshot/{previous}", folder=worktree / "data/previous", names=["state"]
        )
        dvc(worktree, "checkout", *pointers)
    dvc(worktree, "repro")
    manifest = {
        "night": {"snapshot": snapshot, "previous": previous},
        "environment": MACHINE,
        "params": {"compute": {"threads": 2}},
        "root_hash": "ab" * 32,
    }
    (worktree / "data/manifest.json").write_text(json.dumps(manifest))
    tag_snapshot(
        worktree, snapshot=snapshot, previous=previous, tracked=["data", "dvc.lock"], message=snapshot
    )
    git(root, "worktree", "remove", "--force", str(worktree))


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """Genesis 2024-03-01 and the night 2024-03-02."""
    root = tmp_path_factory.mktemp("miniature") / "project"
    root.mkdir()
    write_project(root)
    make_snapshot(root, "2024-03-01", None, [0.25, 0.5, 30.0])
    make_snapshot(root, "2024-03-02", "2024-03-01", [1.0, -0.125, 4.0])
    return root


@pytest.fixture
def told():
    """What was told while stages ran."""
    return []
