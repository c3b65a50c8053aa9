"""Manifest, params, metrics, lock file and pointers: each is held against another that says the same."""

import json

import pytest
import yaml

from raie.proofs.mismatch import MismatchError
from raie.proofs.question import Question
from raie.proofs.verify import verify
from tests.proofs.smallchain import GENESIS, MIDDLE, NEWEST
from tests.proofs.tampering import LOCK, MANIFEST, forge, locked, remade, shown


def refuses(root, words, snapshot=NEWEST, **asked):
    with pytest.raises(MismatchError, match=words) as found:
        verify(root, Question(**asked))
    assert found.value.where == f"snapshot/{snapshot}"
    return found.value


def text(root, path, snapshot=NEWEST):
    return shown(root, f"snapshot/{snapshot}", path).decode()


def manifest(root, snapshot=NEWEST):
    return json.loads(text(root, MANIFEST, snapshot))


@pytest.mark.parametrize("section", ["night", "params", "artefacts", "gates", "metrics", "training"])
def test_a_manifest_that_was_edited(root, section):
    document = manifest(root, MIDDLE)
    document[section]["more"] = "of it"
    forge(root, MIDDLE, {MANIFEST: json.dumps(document)})
    assert refuses(root, "the hash of the manifest's content", MIDDLE)


@pytest.mark.parametrize("section", ["night", "gates", "metrics", "training"])
def test_a_manifest_whose_root_hash_was_recomputed_is_held_against_its_files(root, section):
    document = manifest(root)[section] | {"more": {"of": "it"}}
    forge(root, NEWEST, {MANIFEST: remade(root, NEWEST, **{section: document})}, relock=True)
    assert refuses(root, section)


def test_a_manifest_that_leaves_an_artefact_out_or_names_one_too_many(root):
    artefacts = manifest(root)["artefacts"]
    for told in (
        artefacts | {"adapters": {}},
        artefacts | {"regions": artefacts["regions"] | {"more.npy": "ab" * 32}},
        artefacts | {"more": {}},
    ):
        forge(root, NEWEST, {MANIFEST: remade(root, NEWEST, artefacts=told)}, relock=True)
        assert refuses(root, "by the manifest|of the manifest")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("rank: 4", "rank: 8"), r"adapters\.rank in params\.yaml, by the manifest, should be 4, found 8"),
        (("seed: 3", "seed: 4"), r"compute\.seed in params\.yaml"),
        (("min_rating: 3", "min_rating: null"), r"data\.min_rating in params\.yaml"),
        (("  min_rating: 3\n", "  header: true\n"), r"data in params\.yaml, by dvc\.lock"),
    ],
)
def test_params_that_were_changed(root, change, words):
    forge(root, MIDDLE, {"params.yaml": text(root, "params.yaml").replace(*change)})
    assert refuses(root, words, MIDDLE)


def test_when_and_how_loudly_a_run_happens_is_no_part_of_a_snapshot(root):
    forge(root, NEWEST, {"params.yaml": text(root, "params.yaml").replace("nights: 5", "nights: 6")})
    assert verify(root, Question())


@pytest.mark.parametrize(
    "path",
    ["data/metrics.json", "data/training.json", "data/gates/promotion.json", "data/night.json"],
)
def test_a_result_that_was_changed(root, path):
    document = json.loads(text(root, path, MIDDLE)) | {"better": True}
    forge(root, MIDDLE, {path: json.dumps(document)})
    assert refuses(root, path, MIDDLE)


@pytest.mark.parametrize("path", ["data/gates.html", "requirements.lock", "code/ingest.py", "code/edit.py"])
def test_a_file_that_dvc_read_or_wrote(root, path):
    same_size = text(root, path).replace("1", "7").replace("numpy==2", "numpy==3").replace("fine", "good")
    forge(root, MIDDLE, {path: same_size})
    assert refuses(root, f"{path.removesuffix('/ingest.py')}", MIDDLE)


def test_an_environment_that_was_changed_with_the_lock_file_to_match(root):
    forge(root, NEWEST, {"requirements.lock": "numpy==3\n"}, relock=True)
    assert refuses(root, r"requirements\.lock in the manifest")


@pytest.mark.parametrize(
    ("key", "words"), [("size", "size of data/regions"), ("nfiles", "files of data/regions")]
)
def test_a_lock_file_that_counts_otherwise(root, key, words):
    document = yaml.safe_load(text(root, LOCK))
    next(out for out in document["stages"]["edit"]["outs"] if out["path"] == "data/regions")[key] += 1
    forge(root, NEWEST, {LOCK: yaml.safe_dump(document)})
    assert refuses(root, words)


def test_a_code_file_more(root):
    forge(root, NEWEST, {"code/more.py": "more = 1\n"})
    assert refuses(root, "MD5 of code that stage ingest read")


def test_a_stage_that_is_gone_from_the_lock_file(root):
    document = yaml.safe_load(text(root, LOCK))
    del document["stages"]["evaluate"]
    forge(root, NEWEST, {LOCK: yaml.safe_dump(document)})
    assert refuses(root, r"stages in dvc\.lock")


@pytest.mark.parametrize("name", ["raw", "histories", "backbone", "regions", "adapters"])
def test_a_pointer_to_another_state_than_the_snapshot_before(root, name):
    """Even where the lock file agrees that this is what the stages read."""
    old, other = locked(root, MIDDLE, f"data/{name}"), locked(root, GENESIS, f"data/{name}")
    path = f"data/previous/{name}.dvc"
    files = {file: text(root, file).replace(old, other) for file in (path, LOCK)}
    forge(root, NEWEST, files)
    found = refuses(root, f"MD5 in {path.removesuffix('.dvc')}.dvc, of data/{name} in snapshot {MIDDLE}")
    assert (found.expected, found.found) == (old, other)


def test_a_lock_file_with_another_previous_state_than_its_pointer(root):
    old, other = (locked(root, name, "data/regions") for name in (MIDDLE, GENESIS))
    forge(root, NEWEST, {LOCK: text(root, LOCK).replace(old, other)})
    assert refuses(root, "MD5 of data/previous/regions that stage edit read")


def restoring(root, source, *, said=GENESIS):
    """The newest snapshot as one that brought the regions of genesis back."""
    out = {
        "md5": locked(root, source, "data/regions"),
        "size": 1,
        "nfiles": 3,
        "hash": "md5",
        "path": "regions",
    }
    night = json.loads(text(root, "data/night.json")) | {"restored": said}
    files = {"data/night.json": json.dumps(night), MANIFEST: remade(root, NEWEST, night=night)}
    files["data/restored/regions.dvc"] = yaml.safe_dump({"outs": [out]})
    forge(root, NEWEST, files, relock=True)


def test_what_a_run_brings_back_is_that_of_the_snapshot_it_names(root):
    restoring(root, GENESIS)
    assert verify(root, Question())


def test_what_a_run_brings_back_from_elsewhere(root):
    restoring(root, MIDDLE)
    assert refuses(root, rf"data/restored/regions\.dvc, of data/regions in snapshot {GENESIS}")


def test_a_run_that_brings_something_back_and_does_not_say_so(root):
    restoring(root, GENESIS, said=None)
    assert refuses(root, "pointers in data/restored")


@pytest.mark.parametrize("path", [MANIFEST, LOCK, "data/night.json", "params.yaml", "data/ledger.jsonl"])
@pytest.mark.parametrize("content", ["[]", "{}", "{", "7\n", '"\\ud800"'])
def test_a_document_of_another_form_is_one_line_too(root, path, content):
    forge(root, NEWEST, {path: content})
    assert "\n" not in str(refuses(root, "should be"))
