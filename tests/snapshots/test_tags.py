"""Tags made by plumbing: the operator's checkout stays as it is, byte for byte."""

import pytest

from raie.exceptions import MissingError, UsageError
from raie.snapshots.digests import file_digest, folder_digests
from raie.snapshots.git import git, repository_root, show
from raie.snapshots.opened import open_output
from raie.snapshots.tags import (
    checked_id,
    latest,
    list_candidates,
    list_snapshots,
    ref_of,
    resolve,
    tag_candidate,
    tag_of,
    tag_snapshot,
)

HOSTILE = ["../x", "a b", "-x", "--delete", "", "2024-03-01/../x", "2024-03-01\n", "2024-3-1", "20240301"]
HOSTILE += ["2024-03-01-1", "2024-03-01-02", "2024-03-01-", "2024-03-01--2", "2024-03-01-2\n"]
HOSTILE += ["2024-02-30", "2024-13-01", "٢٠٢٤-03-01", "snapshot/snapshot/2024-03-01", "HEAD", "genesis"]


def state(root):
    """All that an operator would notice: HEAD, branches, index, stash, status, every file."""
    return {
        "head": (root / ".git" / "HEAD").read_bytes(),
        "branches": git(root, "for-each-ref", "refs/heads", "refs/stash"),
        "index": file_digest(root / ".git" / "index"),
        "status": git(root, "--no-optional-locks", "status", "--porcelain=v2", "--branch"),
        "config": (root / ".git" / "config").read_bytes(),
        "files": {k: v for k, v in folder_digests(root).items() if not k.startswith(".git/")},
    }


def objects(root):
    return len([name for name in folder_digests(root / ".git" / "objects") if "/" in name])


@pytest.fixture
def busy(repository):
    """An operator in the middle of work: staged, unstaged and untracked changes on a branch."""
    git(repository, "checkout", "--quiet", "-b", "work")
    (repository / "dvc.yaml").write_text("stages: {staged: 1}\n")
    git(repository, "add", "dvc.yaml")
    (repository / "dvc.yaml").write_text("stages: {unstaged: 2}\n")
    (repository / "params.yaml").write_text("seed: 7\n")
    (repository / "notes.txt").write_text("mine\n")
    return repository


@pytest.fixture
def worktree(busy, tmp_path):
    """The detached work tree in which a run's stages have written."""
    path = tmp_path / "worktree"
    git(busy, "worktree", "add", "--quiet", "--detach", str(path), "HEAD")
    (path / "data" / "metrics.json").write_text('{"k": 1}\n')
    (path / "data" / "night.json").unlink()
    (path / "dvc.lock").write_text("schema: '2.0'\n")
    (path / "scratch.txt").write_text("not tracked\n")
    return path


def make(root, snapshot="2024-03-01", previous=None, tracked=("data", "dvc.lock", "params.yaml")):
    return tag_snapshot(root, snapshot=snapshot, previous=previous, tracked=tracked, message="Snapshot")


def test_tagging_from_a_work_tree_leaves_the_checkout_untouched(busy, worktree):
    before, own = state(busy), git(worktree, "rev-parse", "HEAD")
    make(worktree)
    assert state(busy) == before
    assert git(worktree, "rev-parse", "HEAD") == own
    assert git(worktree, "diff", "--cached", "--name-only") == ""


def test_tagging_from_the_checkout_itself_leaves_it_untouched(busy):
    before = state(busy)
    make(busy, tracked=["data", "params.yaml"])
    assert state(busy) == before
    assert show(busy, "snapshot/2024-03-01", "params.yaml") == "seed: 7"


def test_a_commit_records_tracked_paths_and_absences_and_nothing_else(busy, worktree):
    commit = make(worktree)
    files = git(busy, "ls-tree", "-r", "--name-only", commit).splitlines()
    assert files == ["data/metrics.json", "dvc.lock", "dvc.yaml", "params.yaml"]
    assert show(busy, commit, "dvc.yaml") == "stages: {}"


def test_parents_are_the_code_and_the_previous_snapshot(busy, worktree):
    head = git(busy, "rev-parse", "HEAD")
    first = make(worktree)
    second = make(worktree, "2024-03-02", previous="2024-03-01")
    third = make(worktree, "2024-03-05", previous="2024-03-02")
    parents = [git(busy, "rev-list", "--parents", "-n1", each).split()[1:] for each in (first, second, third)]
    assert parents == [[head], [head, first], [head, second]]


def test_a_tag_is_annotated_and_names_raie(busy, worktree):
    commit = make(worktree)
    assert git(busy, "cat-file", "-t", "snapshot/2024-03-01") == "tag"
    assert git(busy, "rev-parse", "snapshot/2024-03-01^{commit}") == commit
    assert git(busy, "log", "-1", "--format=%an <%ae> %s", commit) == "RAIE <raie@localhost> Snapshot"


def test_what_an_operator_has_configured_to_be_signed_is_not_signed(busy, worktree):
    git(busy, "config", "tag.gpgSign", "true")
    git(busy, "config", "commit.gpgSign", "true")
    git(busy, "config", "gpg.program", "/bin/false")
    make(worktree)
    assert list_snapshots(busy) == ["2024-03-01"]


def test_a_run_started_by_a_git_hook_does_not_write_to_the_hooks_index(busy, worktree, tmp_path, monkeypatch):
    before = state(busy)
    with monkeypatch.context() as hook:
        hook.setenv("GIT_DIR", str(busy / ".git"))
        hook.setenv("GIT_WORK_TREE", str(busy))
        hook.setenv("GIT_INDEX_FILE", str(busy / ".git" / "index"))
        hook.setenv("GIT_PREFIX", "data/")
        commit = make(worktree)
    assert state(busy) == before
    assert "data/metrics.json" in git(busy, "ls-tree", "-r", "--name-only", commit)


@pytest.mark.parametrize("snapshot", ["2024-03-01", "snapshot/2024-03-01"])
def test_an_existing_tag_is_refused_and_nothing_is_written(busy, worktree, snapshot):
    make(worktree)
    before, count, tag = state(busy), objects(busy), git(busy, "rev-parse", "snapshot/2024-03-01")
    (worktree / "data" / "more.json").write_text("{}\n")
    with pytest.raises(UsageError, match="2024-03-01 exists already: pick a later date"):
        make(worktree, snapshot)
    assert git(busy, "rev-parse", "snapshot/2024-03-01") == tag
    assert (state(busy), objects(busy)) == (before, count)


@pytest.mark.parametrize("snapshot", HOSTILE)
def test_a_hostile_id_is_refused_before_anything_is_written(busy, worktree, snapshot):
    before, count = state(busy), objects(busy)
    for use in (checked_id, tag_of):
        with pytest.raises(UsageError, match="is not a date: write YYYY-MM-DD"):
            use(snapshot)
    with pytest.raises(UsageError, match="is not a date: write YYYY-MM-DD"):
        make(worktree, snapshot)
    assert (state(busy), objects(busy)) == (before, count)


@pytest.mark.parametrize("snapshot", ["../../data", "../..", "-x"])
def test_a_hostile_id_opens_nothing(repository, snapshot):
    (repository / "data" / "regions").mkdir()
    with pytest.raises(UsageError, match="is not a date"):
        open_output(repository, snapshot, "regions")


def test_a_missing_previous_snapshot_is_refused_and_tags_nothing(busy, worktree):
    with pytest.raises(UsageError, match="git commit-tree"):
        make(worktree, "2024-03-02", previous="2024-03-01")
    assert list_snapshots(busy) == []


def test_snapshots_are_listed_by_date_and_other_tags_left_aside(busy, worktree):
    assert latest(busy) is None
    for snapshot in ("2024-03-10", "2023-12-31", "2024-03-09"):
        make(worktree, snapshot)
    for other in ("v1", "snapshot/zzz", "snapshot/2024-03-11-keep", "snapshot/2025-02-30"):
        git(busy, "tag", other)
    assert list_snapshots(busy) == ["2023-12-31", "2024-03-09", "2024-03-10"]
    assert latest(busy) == "2024-03-10"


def test_resolving_an_id(busy, worktree):
    with pytest.raises(MissingError, match="run raie construct; in a clone, git fetch --tags first$"):
        resolve(busy, None)
    make(worktree)
    assert resolve(busy, None) == resolve(busy, "2024-03-01") == resolve(busy, "snapshot/2024-03-01")
    with pytest.raises(MissingError, match="no snapshot 2024-03-02: the newest are 2024-03-01$"):
        resolve(busy, "2024-03-02")
    with pytest.raises(UsageError, match="is not a date"):
        resolve(busy, "latest")
    keep(worktree, "2024-03-02")
    with pytest.raises(MissingError, match="2024-03-01; it was refused: candidate/2024-03-02$"):
        resolve(busy, "2024-03-02")


def keep(root, snapshot="2024-03-01", previous=None):
    return tag_candidate(root, snapshot=snapshot, previous=previous, tracked=["data"], message="Candidate")


def test_a_candidate_is_kept_like_a_snapshot_and_is_none(busy, worktree):
    champion = make(worktree)
    before, head = state(busy), git(busy, "rev-parse", "HEAD")
    (worktree / "data" / "metrics.json").write_text('{"k": 2}\n')
    commit = keep(worktree, "2024-03-02", previous="2024-03-01")
    assert state(busy) == before
    assert git(busy, "rev-list", "--parents", "-n1", commit).split()[1:] == [head, champion]
    assert git(busy, "rev-parse", "candidate/2024-03-02^{commit}") == commit
    assert git(busy, "cat-file", "-t", "candidate/2024-03-02") == "tag"
    assert show(busy, "candidate/2024-03-02", "data/metrics.json") == '{"k": 2}'
    assert (list_snapshots(busy), latest(busy)) == (["2024-03-01"], "2024-03-01")


def test_candidates_of_one_date_are_numbered_and_none_is_lost(busy, worktree):
    assert list_candidates(busy) == []
    commits = [keep(worktree, "2024-03-02") for _ in range(11)]
    keep(worktree, "2024-02-29")
    numbered = [f"2024-03-02-{number}" for number in range(2, 12)]
    assert list_candidates(busy) == ["2024-02-29", "2024-03-02", *numbered]
    tags = ["candidate/2024-03-02", *(f"candidate/{each}" for each in numbered)]
    assert [git(busy, "rev-parse", f"{tag}^{{commit}}") for tag in tags] == commits


def test_other_tags_under_the_prefix_are_left_aside(busy, worktree):
    keep(worktree)
    for other in ("2024-03-01-1", "2024-03-01-02", "2024-03-01-x", "2024-03-01-2-keep", "2025-02-30", "best"):
        git(busy, "tag", f"candidate/{other}")
    assert list_candidates(busy) == ["2024-03-01"]


@pytest.mark.parametrize("snapshot", HOSTILE)
def test_a_hostile_id_keeps_no_candidate(busy, worktree, snapshot):
    count = objects(busy)
    with pytest.raises(UsageError, match="is not a date: write YYYY-MM-DD"):
        keep(worktree, snapshot)
    assert objects(busy) == count


def test_an_id_means_the_snapshot_first_and_a_tag_itself(busy, worktree):
    make(worktree)
    keep(worktree)
    keep(worktree)
    keep(worktree, "2024-03-02")
    for name, tag in (
        ("2024-03-01", "snapshot/2024-03-01"),
        ("snapshot/2024-03-01", "snapshot/2024-03-01"),
        ("candidate/2024-03-01", "candidate/2024-03-01"),
        ("2024-03-01-2", "candidate/2024-03-01-2"),
        ("candidate/2024-03-01-2", "candidate/2024-03-01-2"),
        ("2024-03-02", "candidate/2024-03-02"),
    ):
        assert ref_of(busy, name) == tag


@pytest.mark.parametrize("name", ["snapshot/2024-03-02", "2024-03-03", "candidate/2024-03-02-2"])
def test_what_is_not_there_is_named_with_what_is(busy, worktree, name):
    make(worktree)
    keep(worktree, "2024-03-02")
    with pytest.raises(
        MissingError, match=f"{name}: the newest are snapshot/2024-03-01, candidate/2024-03-02$"
    ):
        ref_of(busy, name)


def test_before_genesis_there_is_nothing_to_refer_to(busy):
    with pytest.raises(MissingError, match="the newest are none, run raie construct"):
        ref_of(busy, "2024-03-01")


@pytest.mark.parametrize("name", [each for each in HOSTILE if each != "snapshot/snapshot/2024-03-01"])
def test_a_hostile_name_is_no_reference(busy, worktree, name):
    make(worktree)
    with pytest.raises(UsageError, match="is not a date: write YYYY-MM-DD"):
        ref_of(busy, name)


@pytest.mark.parametrize("name", ["snapshot/snapshot/2024-03-01", "snapshot/candidate/2024-03-01"])
def test_a_prefix_too_many_is_no_reference(busy, worktree, name):
    make(worktree)
    keep(worktree)
    with pytest.raises((UsageError, MissingError)):
        ref_of(busy, name)


def test_the_root_of_a_repository(repository, tmp_path):
    assert repository_root(repository / "data") == repository
    with pytest.raises(MissingError, match="is not inside a git repository: run git init and commit"):
        repository_root(tmp_path)
    bare = tmp_path / "bare"
    bare.mkdir()
    git(bare, "init", "--quiet")
    with pytest.raises(MissingError, match=r"holds no dvc.yaml"):
        repository_root(bare)
    (bare / "dvc.yaml").touch()
    with pytest.raises(MissingError, match="has no commit yet: run git add --all && git commit"):
        repository_root(bare)


def test_a_failed_git_command_hands_on_gits_own_line(repository):
    with pytest.raises(UsageError, match="git rev-parse --verify failed: fatal: Needed a single revision"):
        git(repository, "rev-parse", "--verify", "nowhere")
    with pytest.raises(MissingError, match="nowhere holds no dvc.yaml: is it a snapshot"):
        show(repository, "nowhere", "dvc.yaml")


def test_a_candidate_is_named_by_its_tag():
    assert tag_of("candidate/2024-03-01-2") == "candidate/2024-03-01-2"
    for name in ("candidate/../x", "candidate/", "candidate/2024-3-1"):
        with pytest.raises(UsageError, match="is not a date"):
            tag_of(name)
