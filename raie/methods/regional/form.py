"""The form that RAIE has: everything that could be otherwise, with its bounds."""

from typing import Self

from pydantic import Field, ValidationError, model_validator

from raie.exceptions import UsageError
from raie.methods.contract import Settings
from raie.params import EditParams
from raie.params.section import Section


class Form(Section):
    """Settings of RAIE; its controls and ablations differ from the defaults in one or a few."""

    n_regions: int = Field(8, ge=1)
    shared_rank: int = Field(20, ge=0)
    own_rank: int = Field(4, ge=0)
    learning_rate: float = Field(1e-3, ge=0)
    """Of the shared adapter."""
    own_pace: float = Field(0.3, ge=0)
    """Of a region's own, in learning rates of the shared one."""
    shared_first: bool = False
    """Whether what is everybody's learns alone first; else all learn together."""
    shared_evolves: bool = True
    """Whether what is everybody's learns on when a method goes on from what it was."""
    replay_share: float = Field(0.0, ge=0, lt=1)
    every_place: float = Field(0.0, ge=0, le=1)
    """Share of the loss that asks for events of the history."""
    item_rate: float = Field(1e-4, ge=0)
    """How fast item vectors move."""
    odds_rate: float = Field(1e-2, ge=0)
    """How fast habits and trust learn: log odds, which have a unit of their own."""
    habits: bool = True
    memory: bool = True
    reach: int = Field(1, ge=1)
    """Regions whose memories a sequence reads."""
    state_share: float = Field(0.5, ge=0, le=1)
    """Of the likeness that memories are searched by: how much the state counts that the next item is scored
    from, the rest being where the sequence lies."""
    every_event: bool = True
    """Whether events of histories are remembered too, not the labels alone."""
    edits: bool = True
    use_radius: bool = True
    expansion: float = Field(0.2, ge=0)
    min_posterior_margin: float = Field(0.1, ge=0, le=1)
    min_pool_size: int = Field(60, ge=2)
    merge_angle: float = Field(0.3, ge=0)
    fall_back: bool = False
    """Whether the base serves what lies outside every region; else the nearest region does."""
    mixed: bool = False
    """Whether a sequence is served by its two likeliest regions."""
    by_lot: bool = False
    """The control: a sequence's region is drawn."""

    @model_validator(mode="after")
    def _something_learns(self) -> Self:
        if not (self.shared_rank or self.own_rank):
            raise ValueError("shared_rank and own_rank are both 0: nobody has an adapter")
        if not self.shared_rank and self.shared_first:
            raise ValueError("shared_first without a shared_rank: nothing would learn first")
        if not (self.own_rank or self.habits or self.memory or self.shared_evolves):
            raise ValueError("neither regions nor what they share would learn on: set shared_evolves")
        return self

    @property
    def thresholds(self) -> EditParams:
        """Those of edits."""
        return EditParams(
            use_radius=self.use_radius,
            expansion=self.expansion,
            min_posterior_margin=self.min_posterior_margin,
            min_pool_size=self.min_pool_size,
            merge_angle=self.merge_angle,
        )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read settings.

        Raises
        ------
        UsageError
            If one is out of its bounds.
        """
        try:
            return cls.model_validate(dict(settings))
        except ValidationError as error:
            fault = error.errors()[0]
            where = "".join(f"{part} = {fault['input']}: " for part in fault["loc"])
            raise UsageError(where + fault["msg"].removeprefix("Value error, ")) from None

    @property
    def settings(self) -> Settings:
        """As numbers."""
        return {name: value + 0 for name, value in self.model_dump().items()}
