"""A repository of its own, small params, genesis and nights through the real flows."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import yaml
from filelock import FileLock

from tests.end_to_end.commands import SERVER, git, run_raie

ROOT = Path(__file__).parents[2]
SMALL = {
    "synthetic": {"n_users": 160, "events_per_user": 30, "events_per_night": 500, "n_nights": 4},
    "backbone": {"dim": 32, "n_layers": 1},
    "pretrain": {"epochs": 16, "learning_rate": 0.005, "new_item_epochs": 2},
    "adapters": {"rank": 4, "epochs": 1},
    "evaluate": {"k": 10},
}


def copy_of_the_project(folder):
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    params = yaml.safe_load((folder / "params.yaml").read_text())
    for section, values in SMALL.items():
        params[section].update(values)
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "add", "--force", *(name for name in listed if name.endswith(".gitkeep")))
    identity = ("-c", "user.name=tests", "-c", "user.email=tests@localhost")
    git(folder, *identity, "commit", "--quiet", "--message", "copy")


@pytest.fixture(scope="session", autouse=True)
def server(tmp_path_factory):
    """One Prefect server for all commands that do not ask for their own; starting one takes seconds."""
    home = tmp_path_factory.mktemp("prefect")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)],
        env={**os.environ, "PREFECT_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        address = f"http://127.0.0.1:{port}/api"
        wait_until_healthy(address)
        SERVER["PREFECT_API_URL"] = address
        yield
        SERVER.clear()
        process.terminate()


def wait_until_healthy(address):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/health", timeout=5).is_success:
                return
        time.sleep(0.25)
    raise TimeoutError(f"no Prefect server at {address}")


@pytest.fixture(scope="session")
def repository(tmp_path_factory, worker_id):
    """Genesis and three nights; the fourth still waits in the inbox. Made once, copied for every worker."""
    base = tmp_path_factory.getbasetemp()
    made = (base if worker_id == "master" else base.parent) / "made"
    with FileLock(made.with_suffix(".lock")):
        if not (made / "ready").exists():
            make_nights(made / "project")
            (made / "ready").touch()
    return shutil.copytree(made / "project", tmp_path_factory.mktemp("operator") / "project", symlinks=True)


def make_nights(folder):
    folder.mkdir(parents=True)
    copy_of_the_project(folder)
    for arguments in (
        ("data", "prepare"),
        ("construct",),
        ("backfill", "--from", "2024-03-01", "--to", "2024-03-03"),
    ):
        done = run_raie(folder, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
