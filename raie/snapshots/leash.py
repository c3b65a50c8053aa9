"""A module on a leash: it and its children die with the process that started them, however that one died.

Run as a script with the module's name and arguments (`raie.snapshots.dvc.leashed`). Whoever starts it, as the
leader of a session of its own, holds the other end of the standard input.
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
    """Run the named module with the other arguments until it ends or standard input does."""
    leash = os.dup(sys.stdin.fileno())
    # children get an empty standard input, not the leash
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    threading.Thread(target=_hold, args=(leash,), daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
