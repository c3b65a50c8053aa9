import pytest
import torch

from raie.backbones.openp5.prompt import NOTHING, extend, read_prompt, text_of
from raie.backbones.openp5.smallmodel import small_tokenizer
from raie.exceptions import UsageError
from raie.params import BackboneParams
from tests.backbones.openp5.conftest import TOKENIZERS

N_ITEMS = 12
TEMPLATES = (
    "What would the user choose after {history}",
    "What would the user choose after {history} ?",
    "the user : {history}, choose",
    "{history}",
)
HISTORIES = ([], [3], [12, 1, 1, 7], [5, 4, 3, 2, 1, 12])
LENGTH = 6


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("kind", [*TOKENIZERS, "small"])
def test_arrays_are_the_tokens_of_the_texts(kind, template):
    make = {**TOKENIZERS, "small": lambda: small_tokenizer(template)}[kind]
    prompt, extended = read_prompt(template, make()), make()
    extend(extended, N_ITEMS)
    items = torch.tensor([[0] * (LENGTH - len(history)) + history for history in HISTORIES])
    for history, ids in zip(HISTORIES, prompt.token_ids(items).tolist(), strict=True):
        if history:
            assert ids[LENGTH - len(history) :] == extended(text_of(template, history)).input_ids
        else:
            assert ids[LENGTH:] == [*prompt.prefix, *prompt.suffix]
        assert set(ids[: LENGTH - len(history)]) <= {NOTHING}


def test_an_item_is_one_token_after_all_words(tokenizer):
    words = len(tokenizer)
    extend(tokenizer, N_ITEMS)
    assert len(tokenizer) == words + N_ITEMS
    for item in range(1, N_ITEMS + 1):
        assert tokenizer.convert_tokens_to_ids(f"<item_{item}>") == words + item - 1


def test_words_beside_the_history_keep_their_tokens(tokenizer):
    plain = tokenizer("What would the user choose after").input_ids
    prompt = read_prompt("What would the user choose after {history}", tokenizer)
    assert [*prompt.prefix, *prompt.suffix] == plain


def test_a_tokenizer_that_has_item_tokens_is_refused(tokenizer):
    extend(tokenizer, N_ITEMS)
    with pytest.raises(UsageError, match="knows <item_1> already"):
        extend(tokenizer, N_ITEMS)


def test_an_unknown_item_within_a_history_is_left_out():
    prompt = read_prompt("after {history} ?", small_tokenizer("after {history} ?"))
    (ids,) = prompt.token_ids(torch.tensor([[0, 5, 0, 2]])).tolist()
    item = prompt.vocabulary - 1
    assert ids == [NOTHING, *prompt.prefix, item + 5, NOTHING, item + 2, *prompt.suffix]


@pytest.mark.parametrize("prompt", ["no history at all", "{history} and {history}"])
def test_a_prompt_holds_one_history(prompt):
    with pytest.raises(ValueError, match="holds {history} once"):
        BackboneParams(name="openp5", prompt=prompt)
