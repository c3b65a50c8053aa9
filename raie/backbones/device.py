"""Where tensors live, and the settings under which the same inputs give the same bytes."""

import os
from contextlib import AbstractContextManager

import torch

from raie.exceptions import UsageError


def pick_device(name: str) -> torch.device:
    """Return the device that ``compute.device`` names; ``auto`` is a GPU where there is one.

    Raises
    ------
    UsageError
        If ``cuda`` is asked for and there is none, or the name is another.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise UsageError(f"compute.device = '{name}': use auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("compute.device = 'cuda', but torch finds no GPU: use auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def usable_device(device: str | torch.device) -> torch.device:
    """Return a device of torch's own name, if this machine has it.

    Raises
    ------
    UsageError
    """
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(
            f"device '{device}' is not there: use cpu, or cuda where torch finds a GPU"
        ) from error
    return found


def fix_threads(n_threads: int) -> None:
    """Use ``n_threads`` threads, and on a GPU deterministic algorithms only, for the whole process.

    Sums split over another number of threads round differently, so the number belongs to the params. On
    the CPU the kernels that we use are deterministic as they are, and torch's switch would cost a second
    of imports in every stage.
    """
    torch.set_num_threads(n_threads)
    # The vector library of torch's CPU build picks its kernels at its first call. Where two threads make
    # that call together, one now and then computes with other kernels: on two busy cores the first exp of
    # 21 in 2000 processes differed in a last bit, of none in 4000 after this. One number is one thread's.
    for function in (torch.exp, torch.log):
        function(torch.ones(1))
    if torch.cuda.is_available():
        # cuBLAS reads this when it starts, and is deterministic only with a fixed workspace.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)


def autocast(precision: str, device: str | torch.device) -> AbstractContextManager[object]:
    """Compute what a backbone multiplies in ``compute.precision``, within the context.

    Weights, normalisations and what comes out of a table stay float32. Scores belong outside: with eight
    bits of mantissa many items would score alike.

    Raises
    ------
    UsageError
        If the precision is another than float32 or bfloat16.
    """
    if precision not in ("float32", "bfloat16"):
        raise UsageError(f"compute.precision = '{precision}': use float32 or bfloat16")
    kind = torch.device(device).type
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=precision == "bfloat16")
