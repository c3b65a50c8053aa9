"""OpenP5: a language model reads the history as a text in which every item is a token (Xu et al. 2023).

Words keep the language model's embeddings; the items' are rows of the item table, so that the vocabulary
grows at night as that of any backbone. Only items are ever ranked: a word has no row there.
"""

from abc import abstractmethod
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from raie.backbones.items import PAD
from raie.backbones.openp5.body import document_of, linear_names
from raie.backbones.openp5.prompt import NOTHING, Prompt
from raie.backbones.protocol import Backbone, Batch
from raie.params import BackboneParams


@dataclass(frozen=True)
class Scales:
    """What makes items of a language model's own size.

    Attributes
    ----------
    item : float
        Of item vectors where they are read: as large as words. A model whose words are hundreds of times
        larger than the table's rows, as T5's are, would drown them in the outputs of its first layer.
    state : float
        Of the states that items are scored from: of mean square 1, as the table's rows expect. It stands
        in for T5's own d**-0.5 before its tied head, which those rows hold already.
    """

    item: float = 1.0
    state: float = 1.0


class OpenP5(Backbone):
    """A language model's body between the prompt's tokens and the item table.

    Parameters
    ----------
    params : BackboneParams
    n_items : int
    body : PreTrainedModel
        Without head. Its word embeddings move to ``words``: tied tables are stored once so.
    prompt : Prompt
    scales : Scales
    origin : str or None
        Digest of the language model's files; None: it had none.
    """

    def __init__(
        self,
        params: BackboneParams,
        n_items: int,
        body: Any,
        *,
        prompt: Prompt,
        scales: Scales,
        origin: str | None = None,
    ) -> None:
        super().__init__(params, n_items)
        self.prompt, self.scales, self.origin = prompt, scales, origin
        self.words: nn.Embedding = body.get_input_embeddings()
        body.set_input_embeddings(None)
        self.body = body
        self.lora_targets = linear_names(body)

    @property
    def architecture(self) -> dict[str, Any]:
        """The body's config, the prompt's tokens and the scales: no language model is needed to load it."""
        return {
            "config": document_of(self.body.config),
            "prompt": asdict(self.prompt),
            "scales": asdict(self.scales),
            "origin": self.origin,
        }

    def hidden_states(self, batch: Batch) -> Tensor:
        """Last hidden state of every item's token, (B, L, d)."""
        states, _ = self.read(batch.items)
        return self.at_items(states, batch.items.shape[1])

    def read(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Read the prompts of histories, (B, L): states of tokens, (B, T, d), and where those are, (B, T)."""
        self.positions(items.shape[1])
        ids = self.prompt.token_ids(items)
        seen = ids != NOTHING
        # An empty text looks at its last place, or its softmax would be over nothing.
        seen[:, -1] = True
        return self.run(self.embed(ids), seen), seen

    @abstractmethod
    def run(self, vectors: Tensor, seen: Tensor) -> Tensor:
        """Last hidden states of the body that reads the prompt, (B, T, d), from its inputs."""

    def embed(self, ids: Tensor) -> Tensor:
        """Look up token ids, those of words in the language model and those of items in the table."""
        is_item = ids >= self.prompt.vocabulary
        items = self.items(torch.where(is_item, ids - (self.prompt.vocabulary - 1), PAD))
        words = self.words(torch.where(is_item, 0, ids.clamp(min=0)))
        return torch.where(is_item[..., None], items * self.scales.item, words)

    def at_items(self, states: Tensor, length: int) -> Tensor:
        """States of the history's tokens, (B, T, d) -> (B, length, d)."""
        before = len(self.prompt.prefix)
        return states[:, before : before + length]
