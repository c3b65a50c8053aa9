"""The far end of `environment.started`, run by a library's interpreter: the standard library will do."""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def answer(prepare: Callable[[dict[str, Any]], Callable[[], Any]]) -> None:
    """Prepare once as the first line on standard input says, then do the work once per further line.

    Parameters
    ----------
    prepare : callable
        Takes what was told, as JSON; returns the work, whose answer is written as JSON with the seconds it
        took on the clock and of the processor.
    """
    # Libraries print: keep our line, and send everything of theirs to standard error.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    work = prepare(json.loads(sys.stdin.readline()))
    answers.write("{}\n")
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        seconds = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        answers.write(json.dumps({**seconds, "answer": result}) + "\n")
