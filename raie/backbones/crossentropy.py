"""Cross-entropy over all items that never holds all scores at once.

Scores of a few states at a time fit the processor's cache: there they become probabilities and then
gradients in place. Holding (N, n_items) scores, their softmax and its gradient costs more time in memory
than the products do in arithmetic.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

STATES_AT_ONCE = 256


def summed_cross_entropy(
    states: Tensor, vectors: Tensor, targets: Tensor, weights: Tensor
) -> tuple[Tensor, Tensor]:
    """Weighted sum of the cross-entropies of a softmax over ``states @ vectors.T``.

    Parameters
    ----------
    states : (N, d)
    vectors : (V, d)
        Of the candidates.
    targets : (N,) int64
        Rows of ``vectors``.
    weights : (N,)
        Of the states; no gradient flows into them.

    Returns
    -------
    total : scalar
        Differentiable once, by states and vectors.
    losses : (N,)
        Of each state, before weighting; no gradient flows through them.
    """
    total, losses = _Summed.apply(states, vectors, targets, weights)  # type: ignore[no-untyped-call]
    return total, losses


class _Summed(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, states: Tensor, vectors: Tensor, targets: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor]:
        by_states, by_vectors, *_ = ctx.needs_input_grad
        to_states = torch.empty_like(states) if by_states else None
        to_vectors = torch.zeros_like(vectors) if by_vectors else None
        losses = states.new_empty(len(states))
        scratch = states.new_empty(min(STATES_AT_ONCE, len(states)), len(vectors))
        for start in range(0, len(states), STATES_AT_ONCE):
            part = slice(start, start + STATES_AT_ONCE)
            scores = torch.mm(states[part], vectors.T, out=scratch[: len(states[part])])
            losses[part] = _to_gradient(scores, targets[part], weights[part])
            if to_states is not None:
                torch.mm(scores, vectors, out=to_states[part])
            if to_vectors is not None:
                to_vectors.addmm_(scores.T, states[part])
        ctx.save_for_backward(to_states, to_vectors)
        ctx.mark_non_differentiable(losses)
        return weights @ losses, losses

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors
        return (*(None if each is None else each * gradient for each in saved), None, None)


def _to_gradient(scores: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Turn scores into the gradient of their weighted losses, in place; return the losses."""
    rows = torch.arange(len(targets), device=targets.device)
    scores -= scores.amax(dim=1, keepdim=True)
    own = scores[rows, targets]
    sums = scores.exp_().sum(dim=1)
    scores *= (weights / sums)[:, None]
    scores[rows, targets] -= weights
    return sums.log() - own
