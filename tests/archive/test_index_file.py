"""The index is a cache: any damage to it is made good from the tags, also while others read it."""

import sqlite3
import subprocess
import sys

import pytest

from raie.archive.archive import open_archive
from raie.archive.schema import VERSION

COUNT = """
from pathlib import Path
from raie.archive.archive import open_archive

print(len(open_archive(Path()).edits()))
"""


@pytest.fixture
def indexed(tagged):
    open_archive(tagged)
    return tagged / ".raie" / "archive.sqlite"


def overwritten(start, stop):
    def spoil(file):
        content = bytearray(file.read_bytes())
        content[start:stop] = b"\xff" * len(content[start:stop])
        file.write_bytes(content)

    return spoil


def of_version(number):
    def spoil(file):
        with sqlite3.connect(file) as connection:
            connection.execute("DROP TABLE edit")
            connection.execute(f"PRAGMA user_version = {number}")

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"not a database at all" * 100),
        lambda file: file.write_bytes(file.read_bytes()[:6000]),
        overwritten(0, 100),
        overwritten(4096, None),
        of_version(VERSION + 1),
        of_version(0),
    ],
)
def test_a_damaged_index_is_made_anew(tagged, indexed, spoil):
    spoil(indexed)
    assert len(open_archive(tagged).edits()) == 9
    assert len(open_archive(tagged).snapshots()) == 3


def test_damage_that_comes_after_opening_is_made_good(tagged, indexed):
    archive = open_archive(tagged)
    overwritten(4096, None)(indexed)
    assert len(archive.edits()) == 9


def test_an_opened_index_reads_no_tag_twice(tagged, indexed, monkeypatch):
    def unexpected(*_):
        raise AssertionError("a tag was read again")

    monkeypatch.setattr("raie.archive.reading.read_tags", unexpected)
    assert len(open_archive(tagged).edits()) == 9


def test_several_processes_may_open_it_at_once(tagged):
    command = [sys.executable, "-c", COUNT]
    running = [subprocess.Popen(command, cwd=tagged, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=60)[0].strip() for process in running] == ["9"] * 3
