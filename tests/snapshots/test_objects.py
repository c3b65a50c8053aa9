"""Many blobs from one git: the same bytes that git shows one by one."""

import pytest

from raie.exceptions import UsageError
from raie.snapshots.git import git
from raie.snapshots.objects import read_blobs, tagged_commits


def commit(repository, files):
    for name, content in files.items():
        (repository / name).write_bytes(content)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--no-gpg-sign", "-m", "files")


def test_contents_come_as_they_were_committed_in_the_order_asked_for(repository):
    files = {"empty": b"", "lines": b"a\nb\n\n", "open": b"no end", "zeros": b"\0\n" * 300_000, "a b": b"c"}
    commit(repository, files)
    names = [*reversed(files), *files]
    assert list(read_blobs(repository, [f"HEAD:{name}" for name in names])) == [files[n] for n in names]


def test_what_is_no_blob_is_none(repository):
    asked = ["HEAD:dvc.yaml", "HEAD:nothing", "HEAD:data", "HEAD", "no-such:dvc.yaml", "", "HEAD:dvc.yaml"]
    found = list(read_blobs(repository, asked))
    assert found[0] == found[-1] == (repository / "dvc.yaml").read_bytes()
    assert found[1:-1] == [None] * 5


def test_more_names_than_a_pipe_holds(repository):
    asked = [f"HEAD:missing/{number:06d}" for number in range(20_000)]
    assert not any(read_blobs(repository, asked))


def test_reading_may_stop_early(repository):
    commit(repository, {"large": b"x" * 5_000_000})
    blobs = read_blobs(repository, ["HEAD:large"] * 3)
    assert len(next(blobs)) == 5_000_000
    blobs.close()


def test_a_line_break_in_a_name_is_refused(repository):
    with pytest.raises(UsageError, match="line break"):
        list(read_blobs(repository, ["HEAD:a\nHEAD:b"]))


def test_tags_name_commits_whether_annotated_or_not(repository):
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "tag", "--annotate", "--no-sign", "snapshot/one", "-m", "one")
    commit(repository, {"new": b"1"})
    git(repository, "tag", "snapshot/two")
    git(repository, "tag", "snapshots-of-others")
    second = git(repository, "rev-parse", "HEAD")
    assert tagged_commits(repository, "snapshot/") == {"snapshot/one": first, "snapshot/two": second}
    assert tagged_commits(repository, "candidate/") == {}
