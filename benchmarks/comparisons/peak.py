"""Hot loops against the machine's own matrix-multiply rate."""

import math
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.comparisons.hotloops import hot_loops
from benchmarks.harness.comparison import Case, Comparison, Setting
from benchmarks.harness.timing import in_process

Shape = Sequence[int]

SIZES = (512, 1024, 2048)
"""Orders of the square matrices tried; the fastest is the reference."""
TARGET = 0.5


def _attention(query: Shape, key: Shape, *_: Any, **__: Any) -> int:
    """FLOPs of scores and sums, (B, H, Q, d) queries over (B, H, L, d) keys."""
    return 2 * 2 * math.prod(query) * key[-2]


def _attention_backward(gradient: Shape, query: Shape, key: Shape, *_: Any, **__: Any) -> int:
    """FLOPs of the scores once more and of two gradients of either product."""
    return 5 * _attention(query, key) // 2


ON_THE_CPU = {
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward,
}
"""Attention on the CPU, which torch counts under the GPU's names alone."""


def _cases(setting: Setting) -> Iterator[Case]:
    multiply, flops = best_multiplication(SIZES[:2] if setting.small else SIZES)
    for name, loop in hot_loops(setting):
        loop()
        counted = counted_flops(loop)
        yield Case(
            name,
            in_process(loop),
            in_process(multiply),
            _counted,
            target=TARGET,
            facts={"gflop": round(counted / 1e9, 2), "reference_gflop": round(flops / 1e9, 2)},
            work=(counted, flops),
            pairs=5,
        )


def _counted(ours: object, reference: object) -> str:
    """Nothing to compare: the loops' own answers are compared elsewhere."""
    return "FLOPs counted"


def counted_flops(work: Callable[[], Any]) -> int:
    """Floating-point operations of the matrix products that ``work`` runs, 2 per multiplication and sum."""
    with FlopCounterMode(display=False, custom_mapping=ON_THE_CPU) as counter:
        work()
    return int(counter.get_total_flops())


def best_multiplication(sizes: tuple[int, ...]) -> tuple[Callable[[], Any], int]:
    """Product of float32 matrices at the fastest of ``sizes``, repeated for about 0.1 s, and its FLOPs."""
    rates = {}
    for size in sizes:
        one = torch.randn(size, size)
        torch.mm(one, one)
        began = perf_counter()
        for _ in range(3):
            torch.mm(one, one)
        rates[size] = 3 * 2 * size**3 / (perf_counter() - began)
    best = max(rates, key=lambda size: rates[size])
    matrix, out = torch.randn(best, best), torch.empty(best, best)
    repeats = max(1, round(0.1 * rates[best] / (2 * best**3)))

    def work() -> int:
        for _ in range(repeats):
            torch.mm(matrix, matrix, out=out)
        return repeats

    return work, repeats * 2 * best**3


COMPARISON = Comparison(
    name="peak",
    measures="Encoding, a training epoch of every backbone, stacked training of adapters, mixed scoring.",
    reference="The fastest of a few square float32 products by torch.mm, measured in the same pairs.",
    protocol=(
        "FLOPs are those of the matrix products that ran, counted by torch.utils.flop_counter, so what a "
        "loop computes in vain counts as work here and shows in the other comparisons. Everything else a "
        "loop does (softmax, dropout, optimiser, batches) takes time and counts no FLOPs."
    ),
    cases=_cases,
    unit="share",
    in_small=False,  # another machine has another share
)
