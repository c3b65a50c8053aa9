"""A snapshot made again: the tag's own code, every stage, compared with what was stored."""

import shutil

import pytest

from raie.exceptions import BusyError, UsageError
from raie.reproduction.chain import chain_to, reproduce_chain
from raie.reproduction.reproduce import reproduce
from raie.reproduction.worktree import FOLDER, one_reproduction, worktree_at
from raie.snapshots.git import git

NIGHT = "2024-03-02"


def state_of(root):
    """Everything of a checkout that a reproduction must leave as it is."""
    files = {path: path.read_bytes() for path in (root / ".dvc/cache").rglob("*") if path.is_file()}
    listed = [git(root, *words) for words in (("worktree", "list"), ("status", "--porcelain"), ("tag",))]
    return files, listed, (root / ".git/index").read_bytes()


def test_the_same_inputs_and_code_give_the_same_bits_and_leave_no_trace(project, told):
    before = state_of(project)
    made = reproduce(project, NIGHT, tell=told.append)
    assert made.verdict == "bit-identical" and made.good and not made.changed
    assert made.headline() == f"snapshot/{NIGHT} bit-identical: 2 outputs, 3 files, root hash {'ab' * 6}"
    assert told == [f"snapshot/{NIGHT}: {step}" for step in ("inputs", "grow", "tell")]
    assert state_of(project) == before
    assert not (project / FOLDER).exists()


def test_other_last_digits_are_measured_along_the_chain(project, told, monkeypatch):
    """Each snapshot starts from what was just made: what the first is off by, the second is off by twice."""
    monkeypatch.setenv("NUDGE", "1e-6")
    made = list(reproduce_chain(project, NIGHT, tell=told.append))
    assert [each.tag for each in made] == ["snapshot/2024-03-01", f"snapshot/{NIGHT}"]
    for each, off in zip(made, (1e-6, 2e-6), strict=True):
        state, total = each.differences
        assert (state.stage, state.output, state.files, state.differing) == ("grow", "data/state", 2, 1)
        assert state.largest == pytest.approx(off) and state.others == total.others == 0
        assert (total.stage, total.output) == ("tell", "data/total.json")
        assert each.verdict == "within tolerance" and each.good and not each.unexplained
        assert "first at stage grow" in each.headline() and "tolerance 1e-04" in each.headline()


def test_a_chain_stops_where_numbers_and_ids_differ(project, told, monkeypatch):
    assert chain_to(project, NIGHT) == ["snapshot/2024-03-01", f"snapshot/{NIGHT}"]
    monkeypatch.setenv("NUDGE", "1e-2")
    monkeypatch.setenv("NAME", "r0002")
    (made,) = reproduce_chain(project, NIGHT, tell=told.append)
    assert made.tag == "snapshot/2024-03-01" and made.verdict == "differs" and not made.good
    assert made.differences[0].largest == pytest.approx(1e-2)
    assert made.differences[0].others == 1
    assert made.changed == ("data/total.json", "dvc.lock")
    assert made.document()["verdict"] == "differs" and made.rows()[0]["stage"] == "grow"


def test_parameters_that_the_stored_state_does_not_follow_from_are_named(project, tmp_path, told):
    copy = shutil.copytree(project, tmp_path / "copy", symlinks=True)
    git(copy, "checkout", "--quiet", "--detach", f"snapshot/{NIGHT}")
    (copy / "params.yaml").write_text("pace: 2\n")
    git(copy, "commit", "--quiet", "--no-gpg-sign", "--all", "--message", "faster")
    git(copy, "tag", "--annotate", "--no-sign", "snapshot/2024-03-03", "--message", "faster")
    git(copy, "checkout", "--quiet", "main")
    made = reproduce(copy, "2024-03-03", tell=told.append)
    assert made.verdict == "differs" and not made.differences
    assert made.headline().endswith("all outputs are the same, but not dvc.lock")


def test_one_reproduction_at_a_time_and_a_killed_one_is_cleared(project, told):
    with one_reproduction(project), pytest.raises(BusyError, match="another reproduction"):
        reproduce(project, NIGHT, tell=told.append)
    left = project / FOLDER / "left" / "worktree"
    git(project, "worktree", "add", "--quiet", "--detach", str(left), "HEAD")
    with one_reproduction(project) as folder:
        assert list(folder.iterdir()) == []
        assert git(project, "worktree", "list").count("\n") == 0


@pytest.mark.parametrize("made", [reproduce, lambda *given, **named: list(reproduce_chain(*given, **named))])
def test_a_folder_that_exists_is_refused_before_anything_is_done(project, told, tmp_path, made):
    before = git(project, "worktree", "list")
    with pytest.raises(UsageError, match=f"--keep {tmp_path} exists: name a folder that does not"):
        made(project, NIGHT, tell=told.append, keep=tmp_path)
    assert (told, git(project, "worktree", "list")) == ([], before)


def test_a_work_tree_goes_when_its_work_fails_and_stays_when_asked_to(project, tmp_path):
    tag, folders = f"snapshot/{NIGHT}", [tmp_path / "gone", tmp_path / "kept"]
    for folder in folders:
        with (
            pytest.raises(KeyboardInterrupt),
            worktree_at(project, tag, folder, keep=folder.name == "kept") as worktree,
        ):
            assert (worktree / "data/manifest.json").is_file()
            raise KeyboardInterrupt
    assert [folder.exists() for folder in folders] == [False, True]
    git(project, "worktree", "remove", "--force", str(folders[1]))
