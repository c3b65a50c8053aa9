"""DVC on a leash: it and its stages die with the process that started them, however that one died.

Run as a script by `raie.snapshots.dvc`, which holds the other end of the standard input.
"""

import os
import runpy
import signal
import sys
import threading


def _hold(leash: int) -> None:
    while os.read(leash, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Run DVC with this process's arguments until it ends or standard input does."""
    leash = os.dup(sys.stdin.fileno())
    # stages get an empty standard input, not the leash
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    threading.Thread(target=_hold, args=(leash,), daemon=True).start()
    sys.argv[0] = "dvc"
    runpy.run_module("dvc", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
