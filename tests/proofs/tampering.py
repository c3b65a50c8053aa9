"""What somebody with full access could do to a repository's snapshots."""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import yaml

from raie.snapshots.digests import canonical, document_digest
from raie.snapshots.git import git
from raie.snapshots.ledger import chain

LEDGER, MANIFEST, LOCK = "data/ledger.jsonl", "data/manifest.json", "dvc.lock"


def flip(file, at=-7):
    """Change one byte in the middle of things."""
    content = bytearray(file.read_bytes())
    content[at % len(content)] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)
    return file


def shown(root, tag, path):
    return subprocess.run(["git", "show", f"{tag}:{path}"], cwd=root, capture_output=True, check=True).stdout


def locked(root, snapshot, path):
    """MD5 that a snapshot's lock file has for an output."""
    stages = yaml.safe_load(shown(root, f"snapshot/{snapshot}", LOCK))["stages"].values()
    return next(out["md5"] for stage in stages for out in stage.get("outs", []) if out["path"] == path)


def cached(root, md5):
    return root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]


def cached_file(root, snapshot, output, relpath):
    """Where the cache holds a file of a snapshot's output; the name may be the end of its path."""
    listing = json.loads(cached(root, locked(root, snapshot, output)).read_text())
    return cached(root, next(row["md5"] for row in listing if row["relpath"].endswith(relpath)))


def loose(root, oid):
    return root / ".git/objects" / oid[:2] / oid[2:]


def entries_of(root, snapshot):
    lines = shown(root, f"snapshot/{snapshot}", LEDGER).decode().removesuffix("\n").split("\n")
    return [json.loads(line) for line in lines]


def text_of(entries):
    return "".join(canonical(entry) + "\n" for entry in entries)


def rehashed(entry):
    body = {key: value for key, value in entry.items() if key != "hash"}
    return {**body, "hash": document_digest(body)}


def rechained(entries, head):
    """The same records in a chain of their own."""
    bare = [{key: each[key] for key in each.keys() - {"hash", "previous_hash"}} for each in entries]
    return chain(bare, head=head)


def remade(root, snapshot, **fields):
    """The manifest with other fields and the root hash that goes with them."""
    body = json.loads(shown(root, f"snapshot/{snapshot}", MANIFEST)) | fields
    del body["root_hash"]
    document = {**body, "root_hash": document_digest(body)}
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def forge(root, snapshot, files, *, parents=None, relock=False):
    """Commit a snapshot anew with other files and move its tag there; with ``relock`` dvc.lock agrees."""
    tag = f"snapshot/{snapshot}"
    files = dict(files)
    if relock:
        files[LOCK] = _relocked(shown(root, tag, LOCK).decode(), files)
    parents = parents or git(root, "rev-list", "--parents", "-1", tag).split()[1:]
    with tempfile.TemporaryDirectory() as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        git(root, "read-tree", tag, env=index)
        for path, text in files.items():
            (Path(scratch) / "file").write_text(text)
            blob = git(root, "hash-object", "-w", str(Path(scratch) / "file"))
            git(root, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=index)
        tree = git(root, "write-tree", env=index)
    flags = [word for parent in parents for word in ("-p", parent)]
    commit = git(root, "commit-tree", tree, *flags, "-m", "forged")
    git(root, "tag", "--force", "--annotate", "--no-sign", tag, commit, "-m", "forged")
    return commit


def forge_edit(root, name, number, **fields):
    """Change an entry and recompute all that follows from it inside the snapshot."""
    entries = entries_of(root, name)
    entries[number] |= fields
    entries = rechained(entries, entries[0]["previous_hash"])
    manifest = remade(root, name, ledger_head=entries[-1]["hash"])
    return forge(root, name, {LEDGER: text_of(entries), MANIFEST: manifest}, relock=True)


def _relocked(lock, files):
    document = yaml.safe_load(lock)
    for stage in document["stages"].values():
        for entry in [*stage.get("outs", []), *stage.get("deps", [])]:
            if entry["path"] in files:
                content = files[entry["path"]].encode()
                entry |= {"md5": hashlib.md5(content).hexdigest(), "size": len(content)}
    return yaml.safe_dump(document, sort_keys=False)
