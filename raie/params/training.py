"""What is trained, and on what: the backbone, the regions' adapters, the machine."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from raie.params.section import Section

HISTORY = "{history}"
"""What stands for the history in a prompt."""

ITEM_TOKEN = "<item_"
"""How the text of an item's token begins."""


class BackboneParams(Section):
    """Architecture of the frozen backbone."""

    name: Literal["sasrec", "bert4rec", "tisasrec", "openp5"] = "sasrec"
    dim: int = Field(64, ge=8)
    n_layers: int = Field(2, ge=1)
    n_heads: int = Field(2, ge=1)
    dropout: float = Field(0.2, ge=0, lt=1)
    max_length: int = Field(50, ge=2)
    mask_share: float = Field(0.2, gt=0, lt=1)
    """Share of positions BERT4Rec masks."""
    time_span: int = Field(256, ge=1)
    """Intervals TiSASRec tells apart, in units of a history's smallest; longer ones count as this one."""
    language_model: str | None = None
    """What OpenP5 is made of: folder or hub name of a T5 or causal model; null: a small untrained one."""
    family: Literal["t5", "llama"] = "t5"
    """Kind of the small one."""
    prompt: str = f"What would the user choose after {HISTORY}"
    """Text that OpenP5 reads. A causal model learns most where the history ends it."""

    @field_validator("prompt")
    @classmethod
    def _holds_a_history(cls, prompt: str) -> str:
        if prompt.count(HISTORY) != 1:
            raise ValueError(f"a prompt holds {HISTORY} once")
        if ITEM_TOKEN in prompt:
            raise ValueError(f"a prompt names no item: {ITEM_TOKEN}... are the tokens of the history")
        return prompt

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        width, rest = divmod(self.dim, self.n_heads)
        if self.name == "openp5" and self.language_model is not None:
            return self  # the language model's own business
        if rest:
            raise ValueError(f"dim = {self.dim} is not a multiple of n_heads = {self.n_heads}")
        if self.name == "openp5" and self.family == "llama" and width % 2:
            raise ValueError(f"dim = {self.dim} makes heads of odd width {width}: Llama needs even ones")
        return self


class PretrainParams(Section):
    """Training of the backbone on Set-up, and of new items' rows on later nights."""

    epochs: int = Field(30, ge=1)
    batch_size: int = Field(32, ge=1)
    learning_rate: float = Field(2e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    validation_share: float = Field(0.02, gt=0, lt=0.5)
    """Share of Set-up's events, the newest, that choose the stopping epoch."""
    patience: int = Field(5, ge=1)
    new_item_epochs: int = Field(5, ge=0)
    new_item_learning_rate: float = Field(1e-2, gt=0)


class AdapterParams(Section):
    """One LoRA per region."""

    rank: int = Field(8, ge=1)
    lora_alpha: int = Field(16, ge=1)
    dropout: float = Field(0.05, ge=0, lt=1)
    epochs: int = Field(3, ge=1)
    batch_size: int = Field(64, ge=1)
    learning_rate: float = Field(5e-4, gt=0)
    replay_ratio: float = Field(0.3, ge=0)
    """Replayed windows per new window, drawn from the region's own memory."""
    initialisation: Literal["base", "nearest"] = "nearest"
    min_windows: int = Field(16, ge=1)
    """Windows a region must have received for its adapter to train."""


class ComputeParams(Section):
    """Seed, threads, device and precision: fixed, so that the same inputs give the same files."""

    seed: int = Field(0, ge=0, lt=2**63)
    threads: int = Field(2, ge=1)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the frozen backbone and of the adapters' training; scores are float32."""
