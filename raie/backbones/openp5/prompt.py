"""The text around a history: which words a tokenizer makes of it, and where the items stand among them.

P5 writes recommendation as a text (Geng et al. 2022), OpenP5 gives every item a token of its own in it (Xu
et al. 2023): "What would the user choose after <item_5> <item_17>".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import AddedToken
from torch import Tensor

from raie.backbones.items import PAD
from raie.exceptions import UsageError
from raie.params.training import HISTORY, ITEM_TOKEN

NOTHING = -1
"""Token id left of a text."""

_TRIED = (1, 2, 3)


@dataclass(frozen=True)
class Prompt:
    """A prompt as token ids.

    Attributes
    ----------
    prefix, suffix : tuple of int
        Words before and after the history, special tokens of the tokenizer included.
    vocabulary : int
        Words of the tokenizer: item i is the token ``vocabulary + i - 1``.
    """

    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    vocabulary: int

    def __len__(self) -> int:
        return len(self.prefix) + len(self.suffix)

    def token_ids(self, items: Tensor) -> Tensor:
        """Token ids of the texts of left-padded histories, the words directly beside the items.

        Parameters
        ----------
        items : (B, L) int64

        Returns
        -------
        (B, len(prefix) + L + len(suffix)) int64
            ``NOTHING`` on the left. The item of column j is in column ``len(prefix) + j``.
        """
        (n_rows, length), before = items.shape, len(self.prefix)
        ids = items.new_full((n_rows, length + len(self)), NOTHING)
        real = items != PAD
        ids[:, before : before + length] = torch.where(real, items + (self.vocabulary - 1), NOTHING)
        ids[:, before + length :] = items.new_tensor(self.suffix)
        first = torch.where(real.any(dim=1), real.int().argmax(dim=1), length)
        columns = first[:, None] + torch.arange(before, device=items.device)
        return ids.scatter(1, columns, items.new_tensor(self.prefix).expand(n_rows, -1))


def item_token(item: int) -> str:
    """Text of an item's token."""
    return f"{ITEM_TOKEN}{item}>"


def text_of(template: str, items: Sequence[int]) -> str:
    """Write the prompt of a history, oldest item first."""
    return template.replace(HISTORY, " ".join(map(item_token, items)))


def extend(tokenizer: Any, n_items: int) -> None:
    """Give a tokenizer a token for each of ``n_items`` items, in order, after all of its own.

    Raises
    ------
    UsageError
        If it has such a token already.
    """
    vocabulary = len(tokenizer)
    # Spaces beside an item belong to it: a text has no tokens between two items.
    tokens = [
        AddedToken(item_token(item), lstrip=True, rstrip=True, normalized=False)
        for item in range(1, n_items + 1)
    ]
    tokenizer.add_tokens(tokens)
    if n_items and tokenizer.convert_tokens_to_ids(item_token(n_items)) != vocabulary + n_items - 1:
        raise UsageError(f"the tokenizer knows {item_token(1)} already: use one that was not extended before")


def read_prompt(template: str, tokenizer: Any) -> Prompt:
    """Tokenise a prompt's words; the tokenizer is extended by a few items.

    Raises
    ------
    UsageError
        If the tokenizer puts tokens between items.
    """
    vocabulary = len(tokenizer)
    extend(tokenizer, len(_TRIED))
    ids = tokenizer(text_of(template, _TRIED)).input_ids
    items = [vocabulary + item - 1 for item in _TRIED]
    at = ids.index(items[0])
    if ids[at : at + len(items)] != items:
        raise UsageError(f"the tokenizer splits {text_of(template, _TRIED)!r} between items: use another")
    return Prompt(tuple(ids[:at]), tuple(ids[at + len(items) :]), vocabulary)
