"""Pointers: what the previous lock file says is what the next night starts from."""

import pytest
import yaml

from raie.exceptions import MissingError
from raie.snapshots.pointers import CARRIED, locked_dependency, locked_outputs, write_previous
from raie.snapshots.tags import tag_snapshot


def entry(name, number):
    return {
        "path": f"data/{name}",
        "hash": "md5",
        "md5": f"{number:032x}.dir",
        "size": 10 * number,
        "nfiles": number,
    }


OUTPUTS = [entry(name, number) for number, name in enumerate([*CARRIED, "encodings"], start=1)]
LOCK = {
    "schema": "2.0",
    "stages": {
        "ingest": {"cmd": "a", "deps": [{"path": "data/inbox", "md5": "1" * 32}], "outs": OUTPUTS[:1]},
        "gate": {"cmd": "b"},
        "edit": {
            "cmd": "c",
            "deps": [{"path": "data/previous/regions", "md5": "2" * 32}],
            "outs": OUTPUTS[1:],
        },
    },
}


def tag(repository, lock):
    (repository / "dvc.lock").write_text(yaml.safe_dump(lock))
    tag_snapshot(repository, snapshot="2024-03-01", previous=None, tracked=["dvc.lock"], message="m")
    (repository / "dvc.lock").write_text("a later one, not to be read\n")
    return "snapshot/2024-03-01"


def test_pointers_hold_the_hashes_of_the_tagged_lock_file(repository):
    pointers = write_previous(repository, tag(repository, LOCK))
    assert pointers == [f"data/previous/{name}.dvc" for name in CARRIED]
    for pointer, locked, name in zip(pointers, OUTPUTS, CARRIED, strict=False):
        (out,) = yaml.safe_load((repository / pointer).read_text())["outs"]
        assert out == {**locked, "path": name}


def test_an_output_that_the_previous_snapshot_lacks_is_named(repository):
    lock = {"stages": {"edit": {"outs": [entry(name, 1) for name in CARRIED if name != "regions"]}}}
    with pytest.raises(MissingError, match=r"snapshot/2024-03-01 holds no data/regions"):
        write_previous(repository, tag(repository, lock))


def test_a_snapshot_without_a_lock_file_is_named(repository):
    tag_snapshot(repository, snapshot="2024-03-01", previous=None, tracked=["data"], message="m")
    with pytest.raises(MissingError, match=r"snapshot/2024-03-01 holds no dvc.lock"):
        write_previous(repository, "snapshot/2024-03-01")


def test_reading_a_lock_file():
    text = yaml.safe_dump(LOCK)
    assert locked_outputs(text) == {out["path"]: out for out in OUTPUTS}
    assert locked_dependency(text, "edit", "data/previous/regions") == "2" * 32
    with pytest.raises(MissingError, match="stage edit does not depend on data/inbox"):
        locked_dependency(text, "edit", "data/inbox")
