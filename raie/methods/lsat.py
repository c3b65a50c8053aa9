"""Long- and short-term adapters: one learns from Set-up, one from Finetune, and their weights are fused.

After "Preliminary study on incremental learning for large language model-based recommender systems" (Shi et
al. 2024), with the two adapters fused by a weighted mean of what they add.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from raie.backbones.batches import batch_of
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.fitting import derived
from raie.methods.lora import fit_on
from raie.methods.lowrank import Adapted, AdaptedRanker, item_scores
from raie.sequences.windows import Windows


@dataclass(frozen=True, eq=False)
class FusedRanker:
    """Serves with a weighted mean of two adapters' products."""

    adapted: Adapted
    short_term: float
    """Weight of the short-term adapter, 0 to 1; the rest is the long-term one's."""

    @torch.no_grad()
    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
        gates = torch.tensor([[1 - self.short_term, self.short_term]]).expand(len(windows), 2)
        return item_scores(self.adapted.states(batch, gates), self.adapted.vectors)


def fit(material: Material, settings: Settings) -> Fitted:
    """Train the two one after the other, each on half of the budget."""
    first, second = material.budget.parts(0.5, 0.5)
    later = replace(material, budget=second, seed=derived(material.seed, 1))
    long_term = fit_on(material.setup, replace(material, budget=first), settings)
    short_term = fit_on(material.finetune, later, settings)
    both = Adapted(material.backbone, rank=int(settings["rank"]), n_adapters=2, seed=material.seed).frozen()
    for place, fitted in enumerate((long_term, short_term)):
        ranker = fitted.ranker
        assert isinstance(ranker, AdaptedRanker)
        both.rows.data[place] = ranker.adapted.rows.detach()[0]
    return Fitted(
        FusedRanker(both, float(settings["short_term"])),
        long_term.spent + short_term.spent,
        both.rows.numel(),
    )


GRID: tuple[Settings, ...] = tuple(
    {"rank": 12, "learning_rate": rate, "short_term": share} for rate in (1e-3, 2e-3) for share in (0.5, 0.8)
)
METHOD = Method("lsat", fit, GRID)
