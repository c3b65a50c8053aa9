"""BERT4Rec: a bidirectional encoder that fills in masked items (Sun et al. 2019)."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from raie.backbones.items import PAD
from raie.backbones.protocol import Backbone, Batch
from raie.params import BackboneParams


class BERT4Rec(Backbone):
    """The encoder of BERT over item vectors.

    The next item is scored from the state of a mask appended to the history.
    """

    lora_targets = ("query", "key", "value", "dense")

    def __init__(self, params: BackboneParams, n_items: int) -> None:
        super().__init__(params, n_items)
        self.mask_vector = nn.Parameter(torch.randn(params.dim) * params.dim**-0.5)
        self.bert = BertModel(_bert_config(params), add_pooling_layer=False)

    def hidden_states(self, batch: Batch) -> Tensor:
        """Last hidden state of every position, (B, L, d); every position sees the whole history."""
        return self._encode(batch.items, torch.zeros_like(batch.items, dtype=torch.bool))

    def forward(self, items: Tensor, times: Tensor) -> Tensor:
        """State of a mask in the place of the next item, (B, d); a full history loses its oldest item."""
        items = functional.pad(items, (0, 1), value=PAD)[:, -self.params.max_length :]
        masked = torch.zeros_like(items, dtype=torch.bool)
        masked[:, -1] = True
        return self._encode(items, masked)[:, -1]

    def pretraining_loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Fill in a random share of the items, always the newest among them; mean over those masked."""
        drawn = torch.rand(batch.items.shape, generator=generator).to(batch.items.device)
        masked = drawn < self.params.mask_share
        masked[:, -1] = True
        masked &= batch.items != PAD
        states = self._encode(batch.items, masked)
        return self.items.cross_entropy(states[masked], batch.items[masked])

    def _encode(self, items: Tensor, masked: Tensor) -> Tensor:
        vectors = torch.where(masked[..., None], self.mask_vector, self.items(items))
        seen = (items != PAD) | masked
        # An empty history looks at its last place, or its softmax would be over nothing.
        seen[:, -1] = True
        states: Tensor = self.bert(
            inputs_embeds=vectors,
            attention_mask=seen.long(),
            position_ids=self.positions(items.shape[1])[None],
        ).last_hidden_state
        return states


def _bert_config(params: BackboneParams) -> BertConfig:
    return BertConfig(
        vocab_size=1,  # items are looked up here, not in BERT's own table
        hidden_size=params.dim,
        num_hidden_layers=params.n_layers,
        num_attention_heads=params.n_heads,
        intermediate_size=4 * params.dim,
        hidden_dropout_prob=params.dropout,
        attention_probs_dropout_prob=params.dropout,
        max_position_embeddings=params.max_length,
        type_vocab_size=1,
        # As large as the item vectors: at BERT's own 0.02 positions hardly count beside items and the
        # model stays at popularity for many epochs.
        initializer_range=params.dim**-0.5,
        attn_implementation="sdpa",
    )
