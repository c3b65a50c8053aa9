"""Encoding as it is against the same model compiled, in bfloat16, and quantised to eight bits."""

import copy
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from torch import nn

from benchmarks.comparisons.examples import FULL, SMALL, backbone_named, invented_windows
from benchmarks.harness.comparison import Case, Comparison, DisagreementError, LeftOut, Setting
from benchmarks.harness.timing import in_process
from raie.backbones.protocol import Backbone
from raie.encodings.encode import encode

N_WINDOWS, BATCH_SIZE = 2048, 512
NAMES = ("sasrec", "bert4rec")
FARTHEST = 0.1
"""Radians that encodings may turn by on average; radii are 0.5 and more."""


def _cases(setting: Setting) -> Iterator[Case | LeftOut]:
    for name in NAMES:
        backbone = backbone_named(name, small=setting.small).eval()
        windows = invented_windows(N_WINDOWS, n_items=backbone.n_items, n_tastes=4, seed=4)
        encoded = partial(encode, windows=windows, batch_size=BATCH_SIZE)
        references = {
            "bfloat16": partial(encoded, backbone, precision="bfloat16"),
            "int8": partial(encoded, _quantised(backbone)),
        }
        facts = {"windows": N_WINDOWS, **(SMALL if setting.small else FULL)[name].model_dump()}
        if shutil.which("g++"):
            references["torch.compile"] = partial(encoded, _compiled(backbone))
            began = time.perf_counter()
            references["torch.compile"]()
            compiling = {"seconds_to_compile": round(time.perf_counter() - began, 1)}
        else:
            yield LeftOut(f"{name}, torch.compile", "there is no C++ compiler")
        for variant, reference in references.items():
            yield Case(
                f"{name}, {variant}",
                in_process(partial(encoded, backbone)),
                in_process(reference),
                _angles,
                facts=facts | (compiling if variant == "torch.compile" else {}),
            )


def _quantised(backbone: Backbone) -> Backbone:
    """Weights of linear layers in eight bits, their inputs rounded batch by batch."""
    quantised: Backbone = torch.ao.quantization.quantize_dynamic(
        copy.deepcopy(backbone), {nn.Linear}, dtype=torch.qint8
    )
    return quantised


def _compiled(backbone: Backbone) -> Backbone:
    compiled = copy.deepcopy(backbone)
    states: Callable[..., torch.Tensor] = torch.compile(compiled.hidden_states)
    compiled.hidden_states = states  # type: ignore[method-assign]
    return compiled


def _angles(ours: np.ndarray, reference: np.ndarray) -> str:
    """How far encodings turn."""
    cosines = np.clip((ours.astype(np.float64) * reference).sum(axis=1), -1, 1)
    turned = np.arccos(cosines).mean()
    if turned > FARTHEST:
        raise DisagreementError(f"encodings turn by {turned:.2g} radians on average")
    return f"encodings turn by {turned:.2g} radians on average"


COMPARISON = Comparison(
    name="variants",
    measures="Encoding 2,048 histories in float32, layer by layer, as every stage does by default.",
    reference="torch.compile, compute.precision: bfloat16, and PyTorch's dynamic quantisation to int8.",
    protocol=(
        "The same weights and batches of 512; a ratio below 1 says that the variant is faster. What "
        "compiling takes is not in the ratio but among the facts: a stage would pay it anew every night."
    ),
    cases=_cases,
    in_small=False,  # what another machine's units are good at is not a regression of ours
)
