"""OpenP5 over a T5, which answers a prompt, and over a causal model, which goes on with it."""

from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from raie.backbones.items import PAD
from raie.backbones.openp5.cuts import cut
from raie.backbones.openp5.reader import OpenP5
from raie.backbones.protocol import Batch


class T5P5(OpenP5):
    """The encoder reads the prompt; the next item is scored from the decoder's first state."""

    def forward(self, items: Tensor, times: Tensor) -> Tensor:
        """State after the decoder's start token, (B, d)."""
        return self._answer(items, items[:, :0])[:, 0]

    def pretraining_loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Cut each row where the generator says, read the left part, predict the right one item by item."""
        read, following = cut(batch.items, generator)
        states = self._answer(read, following[:, :-1])
        counted = following != PAD
        return self.items.cross_entropy(states[counted], following[counted])

    def run(self, vectors: Tensor, seen: Tensor) -> Tensor:
        """States of the encoder, (B, T, d)."""
        states: Tensor = self.body.encoder(
            inputs_embeds=vectors, attention_mask=seen.long()
        ).last_hidden_state
        return states

    def _answer(self, items: Tensor, told: Tensor) -> Tensor:
        """States that score what follows: items (B, L), items told of it (B, n) -> (B, n + 1, d)."""
        read, seen = self.read(items)
        # What pads ``told`` on its right reads as some word, whose states nobody asks for.
        ids = functional.pad(told + (self.prompt.vocabulary - 1), (1, 0), value=self.start)
        states: Tensor = self.body.decoder(
            inputs_embeds=self.embed(ids),
            encoder_hidden_states=read,
            encoder_attention_mask=seen.long(),
            use_cache=False,
        ).last_hidden_state
        return states * self.scales.state

    @cached_property
    def start(self) -> int:
        """Token that the decoder starts with: T5's padding, where its config names no other."""
        config = self.body.config.to_dict()
        named = config.get("decoder_start_token_id")
        return int(config["pad_token_id"] if named is None else named)


class CausalP5(OpenP5):
    """The next item is scored from the state of the prompt's last token."""

    def forward(self, items: Tensor, times: Tensor) -> Tensor:
        """State of the last token, (B, d)."""
        states, _ = self.read(items)
        return states[:, -1] * self.scales.state

    def pretraining_loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Predict what follows each item and, where words end the prompt, what follows them."""
        if not self.prompt.suffix:
            # The newest item is the last token: every item's state is one that serving reads.
            return self._after_items(
                batch.items[:, :-1], batch.items[:, 1:], self.read(batch.items[:, :-1])[0]
            )
        read, following = cut(batch.items, generator)
        states, _ = self.read(read)
        rows = following[:, 0] != PAD
        served = self.items.cross_entropy(states[rows, -1] * self.scales.state, following[rows, 0])
        within = torch.cat([read[:, 1:], following[:, :1]], dim=1)
        return (served + self._after_items(read, within, states)) / 2

    def run(self, vectors: Tensor, seen: Tensor) -> Tensor:
        """States of all tokens, (B, T, d); a token sees itself and what came before."""
        states: Tensor = self.body(
            inputs_embeds=functional.dropout(vectors, self.params.dropout, self.training),
            attention_mask=seen.long(),
            position_ids=(seen.cumsum(dim=1) - 1).clamp(min=0),
            use_cache=False,
        ).last_hidden_state
        return states

    def _after_items(self, items: Tensor, following: Tensor, states: Tensor) -> Tensor:
        counted = (items != PAD) & (following != PAD)
        at_items = self.at_items(states, items.shape[1])[counted]
        return self.items.cross_entropy(at_items * self.scales.state, following[counted])
