"""A flipped byte in whatever DVC keeps of a snapshot is found."""

import json

import pytest
import yaml

from raie.exceptions import RefusedError
from raie.proofs.cache import Cache
from raie.proofs.mismatch import MismatchError
from raie.proofs.question import Question
from raie.proofs.verify import verify
from tests.proofs.smallchain import MIDDLE, NEWEST
from tests.proofs.tampering import LOCK, MANIFEST, cached, cached_file, flip, forge, locked, remade, shown

ADAPTER = "r0002/adapter_model.safetensors"


def refuses(root, words, **asked):
    with pytest.raises(MismatchError, match=words) as found:
        verify(root, Question(**asked))
    return found.value


@pytest.mark.parametrize(
    ("output", "file"),
    [("data/adapters", ADAPTER), ("data/raw", f"{MIDDLE}.parquet"), ("data/regions", "regions.json")],
)
def test_the_file_is_named_with_what_it_should_be(root, output, file):
    path = cached_file(root, NEWEST, output, file)
    flip(path)
    found = refuses(root, f"MD5 of {output}/{file}")
    assert found.expected == path.parent.name + path.name != found.found
    assert str(path) in found.remedy and "dvc fetch" in found.remedy


def test_any_byte_of_any_file_and_any_listing(root):
    """Every object that the newest snapshot names in DVC's cache, one after the other."""
    stages = yaml.safe_load(shown(root, f"snapshot/{NEWEST}", LOCK))["stages"].values()
    outputs = [out["md5"] for stage in stages for out in stage["outs"] if out["md5"].endswith(".dir")]
    listed = [row["md5"] for md5 in outputs for row in json.loads(cached(root, md5).read_text())]
    delivered = yaml.safe_load(shown(root, f"snapshot/{NEWEST}", "data/inbox.dvc"))["outs"][0]["md5"]
    objects = sorted({*outputs, *listed, delivered})
    assert len(objects) > 20
    for number, md5 in enumerate(objects):
        content = cached(root, md5).read_bytes()
        flip(cached(root, md5), at=37 * number)
        assert refuses(root, "MD5 of").expected == md5
        cached(root, md5).write_bytes(content)
    assert verify(root, Question())


def test_a_file_that_was_put_in_anothers_place_with_a_listing_to_match(root):
    """The lock file agrees; the manifest's own digests do not."""
    old, other = (locked(root, name, "data/adapters") for name in (NEWEST, MIDDLE))
    entry = next(
        out
        for stage in yaml.safe_load(shown(root, f"snapshot/{MIDDLE}", LOCK))["stages"].values()
        for out in stage["outs"]
        if out["md5"] == other
    )
    document = yaml.safe_load(shown(root, f"snapshot/{NEWEST}", LOCK))
    for stage in document["stages"].values():
        for place in [*stage["outs"], *stage["deps"]]:
            if place["md5"] == old:
                place |= entry
    forge(root, NEWEST, {LOCK: yaml.safe_dump(document)})
    assert refuses(root, "data/adapters.*by the manifest")


def test_a_digest_in_the_manifest_that_is_not_the_files(root):
    artefacts = json.loads(shown(root, f"snapshot/{NEWEST}", MANIFEST))["artefacts"]
    artefacts["adapters"][ADAPTER] = "0" * 64
    forge(root, NEWEST, {MANIFEST: remade(root, NEWEST, artefacts=artefacts)}, relock=True)
    assert refuses(root, f"SHA-256 of data/adapters/{ADAPTER}, by the manifest").expected == "0" * 64


def test_a_path_in_place_of_a_hash_is_never_opened(root, tmp_path):
    (tmp_path / "secret").write_text("x")
    lock = shown(root, f"snapshot/{NEWEST}", LOCK).decode()
    forge(root, NEWEST, {LOCK: lock.replace(locked(root, NEWEST, "data/quarantine"), "../../../../secret")})
    assert refuses(root, "is no MD5")
    for text in ("../" * 11, "", "a" * 31, "A" * 32, "a" * 32 + ".dir/x"):
        with pytest.raises(RefusedError, match="is no MD5"):
            Cache.of(root).path(text)


def test_a_cache_elsewhere_is_found(root, tmp_path):
    (root / ".dvc/cache").rename(tmp_path / "elsewhere")
    (root / ".dvc/config.local").write_text(f"[cache]\n    dir = {tmp_path / 'elsewhere'}\n")
    assert verify(root, Question()).files
