"""DVC's settings of a checkout, as they hold there, for a work tree or a clone of it."""

from pathlib import Path

from dvc.config import Config

from raie.snapshots.dvc import dvc_config


def share_settings(repository: Path, worktree: Path) -> None:
    """Write the checkout's cache and remotes into a work tree's ``.dvc/config.local``, paths in full.

    A copy of the file would not do: its relative paths would point elsewhere from there, and a remote that
    was set since is not in what the work tree's commit knows.

    Parameters
    ----------
    repository : Path
        The operator's checkout.
    worktree : Path
        Root of the work tree or clone; what its local settings said is replaced.
    """
    settings = dvc_config(repository)
    folder = worktree / ".dvc"
    folder.mkdir(exist_ok=True)
    (folder / "config").touch()
    with Config(str(folder)).edit("local") as local:
        local["cache"] = {"dir": str(repository / ".dvc" / "cache"), **settings["cache"]}
        local["remote"] = settings["remote"]
        if "remote" in settings["core"]:
            local["core"] = {"remote": settings["core"]["remote"]}
