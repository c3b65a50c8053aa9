"""A method on its way through the parts."""

from dataclasses import dataclass

from raie.backbones.protocol import Backbone
from raie.experiments.isolation.question import IsolationQuestion
from raie.experiments.periods.material import material_of
from raie.experiments.periods.split import Parts
from raie.methods.contract import Fitted, Method, Settings


@dataclass(frozen=True, eq=False)
class Course:
    """What it takes to learn any part under one seed: the same part with the same draws whatever it holds."""

    method: Method
    settings: Settings
    backbone: Backbone
    question: IsolationQuestion
    seed: int

    def learn(self, parts: Parts, number: int, before: Fitted | None) -> Fitted:
        """Go on by the part of this number, counted from 1."""
        material = material_of(self.backbone, self.question, parts, number - 1, self.seed)
        return self.method.fit(material, self.settings, before)
