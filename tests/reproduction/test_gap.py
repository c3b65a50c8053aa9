"""Two versions of a file: numbers by their difference, all else by count."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from raie.reproduction.numbers import OTHER, SAME, Gap, gap_between

VALUES = np.array([0.5, -0.25, 1e-3, np.nan])


def write(path, values, count=3, name="r0001", digest="a"):
    """One document, in the form that the file's ending asks for."""
    floats = [None if np.isnan(value) else float(value) for value in values]
    document = {"count": count, "name": name, "digest": digest * 64, "values": floats, "empty": None}
    if path.suffix == ".npy":
        np.save(path, values, allow_pickle=False)
    elif path.suffix == ".safetensors":
        save_file({"values": values.astype(np.float32), "count": np.array([count])}, path)
    elif path.suffix == ".parquet":
        lists = [values, values[:1]] + [None] * (len(values) - 2)
        frame = {"value": values, "name": name, "count": count, "scores": lists}
        pd.DataFrame(frame).to_parquet(path)
    elif path.suffix == ".jsonl":
        path.write_text(f"{json.dumps(document)}\n{json.dumps(document)}\n")
    else:
        path.write_text(json.dumps(document))
    return path


@pytest.fixture(params=["npy", "safetensors", "parquet", "json", "jsonl"])
def versions(request, tmp_path):
    """Write two versions; the first lies in a cache, where names have no endings."""

    def gap(first, second):
        name = f"file.{request.param}"
        (tmp_path / "cache").mkdir()
        stored = write(tmp_path / "cache" / name, **first)
        return gap_between(name, stored.rename(tmp_path / "object"), write(tmp_path / name, **second))

    return gap


def test_a_file_and_its_copy_are_the_same(versions):
    assert versions({"values": VALUES}, {"values": VALUES.copy()}) == SAME


def test_numbers_are_measured(versions):
    gap = versions({"values": VALUES}, {"values": VALUES + [0, 1e-3, 0, 0]})
    assert gap.largest == pytest.approx(1e-3, rel=1e-4) and gap.others == 0


def test_beyond_one_differences_are_relative(versions):
    assert versions({"values": VALUES + 1000.0}, {"values": VALUES + 1001.0}).largest == pytest.approx(
        1e-3, rel=1e-2
    )


def test_a_number_against_none_is_no_rounding(versions):
    gap = versions({"values": VALUES}, {"values": np.where(np.isnan(VALUES), 0.5, VALUES)})
    assert gap.largest == np.inf or gap.others > 0


def test_missing_parts_count(versions):
    assert versions({"values": VALUES}, {"values": VALUES[:2]}).others > 0


@pytest.mark.parametrize("ending", ["parquet", "json", "jsonl"])
def test_ids_and_counts_are_counted_and_digests_passed_over(tmp_path, ending):
    name = f"one.{ending}"
    one = write(tmp_path / name, VALUES)
    digest = write(tmp_path / f"digest.{ending}", VALUES, digest="b")
    other = write(tmp_path / f"other.{ending}", VALUES, name="r0002", count=4)
    assert gap_between(name, one, digest) == SAME
    assert gap_between(name, one, other) == Gap(others={"parquet": 8, "json": 2, "jsonl": 4}[ending])


@given(st.floats(-9, 9).map(lambda value: round(value, 3)), st.floats(0, 5e-3))
def test_sentences_are_compared_by_their_numbers(tmp_path_factory, value, off):
    folder = tmp_path_factory.mktemp("texts")
    texts = [f"r0001 fell by {number:.6f} from night 3" for number in (value, value + off)]
    files = [folder / f"{number}.json" for number in range(3)]
    for file, text in zip(files, [*texts, texts[0].replace("r0001", "r0002")], strict=True):
        file.write_text(json.dumps(text))
    gap = gap_between("text.json", files[0], files[1])
    assert gap.others == 0 and gap.largest <= off + 2e-6
    assert gap_between("text.json", files[0], files[2]) == OTHER


def test_a_key_bias_has_no_effect_and_a_query_bias_has(tmp_path):
    files = [tmp_path / "one", tmp_path / "other"]
    for file, value in zip(files, (0.0, 1.0), strict=True):
        biases = {f"blocks.0.{name}_proj.bias": np.full(2, value) for name in ("k", "q")}
        save_file({"blocks.0.k_proj.bias": biases["blocks.0.k_proj.bias"]}, file.with_suffix(".key"))
        save_file(biases, file)
    assert gap_between("m.safetensors", *(file.with_suffix(".key") for file in files)) == SAME
    assert gap_between("m.safetensors", *files) == Gap(largest=1.0)


def test_the_machine_that_a_manifest_names_is_no_difference(tmp_path):
    files = [tmp_path / "one", tmp_path / "other"]
    for file, machine in zip(files, ("x86_64", "aarch64"), strict=True):
        document = {"environment": {"machine": machine}, "night": {"previous": None}}
        file.write_text(json.dumps(document))
    assert gap_between("manifest.json", *files) == Gap(others=1)
    for file, digit in zip(files, "ab", strict=True):
        file.write_text(json.dumps({**json.loads(file.read_text()), "root_hash": digit * 64}))
    assert gap_between("manifest.json", *files) == SAME


def test_of_other_files_only_pages_are_passed_over(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("a")
    other.write_text("b")
    assert gap_between("gates.html", one, other) == SAME
    assert gap_between("refusals.csv", one, other) == OTHER
