"""What is said where data lack: a command that can work."""

from raie.snapshots.remedy import how_to_fetch


def test_only_a_default_remote_can_be_fetched_from(tmp_path):
    settings = tmp_path / ".dvc"
    settings.mkdir()
    for text in ("", "['remote \"kept\"']\n    url = /kept\n"):
        (settings / "config").write_text(text)
        said = how_to_fetch(tmp_path)
        assert said.startswith("set the remote that has it: dvc remote add --local --default NAME URL")
    (settings / "config.local").write_text("[core]\n    remote = kept\n")
    assert how_to_fetch(tmp_path) == "run dvc fetch --all-tags"
