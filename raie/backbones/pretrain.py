"""Train a backbone on Set-up: full cross-entropy, warm-up and cosine, the best epoch kept."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from raie.backbones.checkpoint import Checkpoint, Tensors, load_checkpoint
from raie.backbones.passes import Passes
from raie.backbones.protocol import Backbone
from raie.backbones.ranking import label_ranks
from raie.exceptions import UsageError
from raie.metrics.ranking import recall_at_k
from raie.params import PretrainParams
from raie.sequences.training import Timelines
from raie.sequences.windows import Windows

SCORED_AT_ONCE = 256


@dataclass(frozen=True)
class Epoch:
    """One line of the training log.

    Attributes
    ----------
    epoch : int
        From 1.
    loss : float
        Mean training loss of the epoch, in nats.
    recall : float
        Recall@10 on the validation tail after it, all items ranked, seen ones not removed.
    """

    epoch: int
    loss: float
    recall: float


@dataclass(frozen=True)
class TrainingLog:
    """What happened, epoch by epoch, in order."""

    epochs: tuple[Epoch, ...] = ()

    @property
    def best(self) -> Epoch:
        """The epoch of the highest validation recall, the earliest of equals: its weights are kept."""
        return max(self.epochs, key=lambda epoch: epoch.recall)

    def with_epoch(self, *, loss: float, recall: float) -> "TrainingLog":
        """Return the log with one more epoch."""
        return TrainingLog((*self.epochs, Epoch(len(self.epochs) + 1, loss, recall)))

    def is_over(self, params: PretrainParams) -> bool:
        """Whether the budget is spent or the last ``patience`` epochs brought nothing better."""
        done = len(self.epochs)
        return done > 0 and (done >= params.epochs or done - self.best.epoch >= params.patience)


def pretrain(
    backbone: Backbone,
    timelines: Timelines,
    validation: Windows,
    *,
    params: PretrainParams,
    seed: int,
    checkpoint: Path | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> TrainingLog:
    """Train ``backbone`` in place and leave it with the weights of its best epoch.

    Parameters
    ----------
    backbone : Backbone
        An untrained backbone, on the device to train on.
    timelines : Timelines
        What to learn from.
    validation : Windows
        The newest events of Set-up, which choose the epoch.
    params : PretrainParams
        Budget, learning rate and patience.
    seed : int
        Of where rows end, of their order, masks and dropout; global generators are left as they were.
    checkpoint : Path, optional
        A file rewritten after each epoch. Where it exists and belongs to the same data, parameters and
        seed, training continues from it, to the same result.
    on_epoch : callable, optional
        Told of every epoch as it ends.

    Raises
    ------
    UsageError
        If there is nobody to learn from or no validation window.
    """
    if not len(timelines.ends) or not len(validation):
        raise UsageError(
            f"pretraining needs users of two events and validation windows, got {len(timelines.ends)} and "
            f"{len(validation)}: "
            "give it more history, or raise pretrain.validation_share"
        )
    passes = Passes(backbone, timelines, params, seed)
    fingerprint = passes.fingerprint(validation)
    log, best = _continue(passes, checkpoint, fingerprint)
    while not log.is_over(params):
        loss = passes.take(len(log.epochs))
        ranks = label_ranks(backbone, validation, batch_size=SCORED_AT_ONCE)
        log = log.with_epoch(loss=loss, recall=recall_at_k(ranks, 10))
        if log.best is log.epochs[-1]:
            best = _copy(backbone)
        if checkpoint:
            records = [asdict(epoch) for epoch in log.epochs]
            here = Checkpoint(fingerprint, records, _copy(backbone), best, passes.moments())
            here.save(checkpoint)
        if on_epoch:
            on_epoch(log.epochs[-1])
    backbone.load_state_dict(best)
    backbone.eval()
    return log


def _continue(passes: Passes, checkpoint: Path | None, fingerprint: str) -> tuple[TrainingLog, Tensors]:
    found = load_checkpoint(checkpoint, fingerprint) if checkpoint else None
    if not found:
        return TrainingLog(), {}
    passes.restore(found.weights, found.moments)
    return TrainingLog(tuple(Epoch(**record) for record in found.epochs)), found.best


def _copy(backbone: Backbone) -> Tensors:
    return {name: tensor.detach().clone() for name, tensor in backbone.state_dict().items()}
