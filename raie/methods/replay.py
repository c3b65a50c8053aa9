"""One LoRA with replay: old windows among the new ones, so that they are not forgotten."""

import numpy as np

from raie.adapters.replay import with_replay
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.lora import fit_on


def fit(material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
    """Train one adapter on Finetune and a sample of Set-up."""
    windows, _ = with_replay(
        material.finetune,
        np.ones(len(material.finetune)),
        material.setup,
        replay_ratio=float(settings["replay_ratio"]),
        seed=material.seed,
    )
    return fit_on(windows, material, settings, before)


GRID: tuple[Settings, ...] = tuple(
    {"rank": 24, "learning_rate": rate, "replay_ratio": ratio}
    for rate in (1e-3, 2e-3)
    for ratio in (0.1, 0.3)
)
METHOD = Method("lora-replay", fit, GRID, evolves=True)
