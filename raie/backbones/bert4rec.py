"""BERT4Rec: a bidirectional encoder that fills in masked items (Sun et al. 2019)."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from raie.backbones.blocks import split_heads
from raie.backbones.dropout import with_own_dropout
from raie.backbones.items import PAD
from raie.backbones.protocol import Backbone, Batch
from raie.params import BackboneParams


class BERT4Rec(Backbone):
    """The encoder of BERT over item vectors.

    The next item is scored from the state of a mask appended to the history.
    """

    lora_targets = ("query", "key", "value", "dense")
    rows_move = True

    def __init__(self, params: BackboneParams, n_items: int) -> None:
        super().__init__(params, n_items)
        self.mask_vector = nn.Parameter(torch.randn(params.dim) * params.dim**-0.5)
        self.bert = BertModel(_bert_config(params), add_pooling_layer=False)
        with_own_dropout(self.bert)

    def hidden_states(self, batch: Batch) -> Tensor:
        """Last hidden state of every position, (B, L, d); every position sees the whole history."""
        states, seen = self._below_top(batch.items, torch.zeros_like(batch.items, dtype=torch.bool))
        return self._top(states, self._attend(states, states, seen))

    def forward(self, items: Tensor, times: Tensor) -> Tensor:
        """State of a mask in the place of the next item, (B, d); a full history loses its oldest item."""
        items = functional.pad(items, (0, 1), value=PAD)[:, -self.params.max_length :]
        masked = torch.zeros_like(items, dtype=torch.bool)
        masked[:, -1] = True
        states, seen = self._below_top(items, masked)
        newest = states[:, -1:].contiguous()  # or a linear layer rounds by whether its weights train
        return self._top(newest, self._attend(newest, states, seen))[:, 0]

    def pretraining_loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Fill in a random share of the items, always the newest among them; mean over those masked."""
        drawn = torch.rand(batch.items.shape, generator=generator).to(batch.items.device)
        masked = drawn < self.params.mask_share
        masked[:, -1] = True
        masked &= batch.items != PAD
        return self.items.cross_entropy(self._states_at(batch.items, masked), batch.items[masked])

    def _states_at(self, items: Tensor, masked: Tensor) -> Tensor:
        """Last hidden state of the masked positions, (N, d), row by row."""
        states, seen = self._below_top(items, masked)
        return self._top(states[masked], self._attend(states, states, seen)[masked])

    def _below_top(self, items: Tensor, masked: Tensor) -> tuple[Tensor, Tensor]:
        """What the top layer reads, (B, L, d), and the places it may look at, (B, 1, 1, L) bool."""
        vectors = torch.where(masked[..., None], self.mask_vector, self.items(items))
        seen = (items != PAD) | masked
        # An empty history looks at its last place, or its softmax would be over nothing.
        seen[:, -1] = True
        seen = seen[:, None, None]
        positions = self.positions(items.shape[1])[None]
        states: Tensor = self.bert.embeddings(inputs_embeds=vectors, position_ids=positions)
        for layer in self.bert.encoder.layer[:-1]:
            states = layer(states, seen)
        return states, seen

    def _attend(self, asking: Tensor, states: Tensor, seen: Tensor) -> Tensor:
        """Gather from all positions (B, L, d) for those that ask, (B, Q, d), in the top layer."""
        top = self.bert.encoder.layer[-1].attention.self
        gathered = functional.scaled_dot_product_attention(
            split_heads(top.query(asking), self.params.n_heads),
            split_heads(top.key(states), self.params.n_heads),
            split_heads(top.value(states), self.params.n_heads),
            attn_mask=seen,
            dropout_p=top.dropout.p if self.training else 0.0,
        )
        return gathered.transpose(1, 2).flatten(2)

    def _top(self, asking: Tensor, gathered: Tensor) -> Tensor:
        """Finish the top layer, position by position, (..., d); those that nobody needs may be left out."""
        layer = self.bert.encoder.layer[-1]
        states: Tensor = layer.feed_forward_chunk(layer.attention.output(gathered, asking))
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
