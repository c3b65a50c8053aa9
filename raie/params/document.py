"""The whole of ``params.yaml``."""

from typing import Self

from pydantic import model_validator

from raie.params.data import DataParams, NightParams, SequenceParams, SyntheticParams
from raie.params.gates import GateParams
from raie.params.operation import (
    AlarmParams,
    ItemParams,
    NotificationParams,
    PromotionParams,
    RetentionParams,
    ScheduleParams,
    TrackingParams,
)
from raie.params.ranking import EvaluateParams, RecommendParams
from raie.params.regions import DatastoreParams, EditParams, RegionParams
from raie.params.section import Section
from raie.params.training import AdapterParams, BackboneParams, ComputeParams, PretrainParams


class Params(Section):
    """All sections of ``params.yaml``."""

    data: DataParams = DataParams()
    synthetic: SyntheticParams = SyntheticParams()
    gates: GateParams = GateParams()
    sequences: SequenceParams = SequenceParams()
    backbone: BackboneParams = BackboneParams()
    pretrain: PretrainParams = PretrainParams()
    regions: RegionParams = RegionParams()
    edits: EditParams = EditParams()
    datastore: DatastoreParams = DatastoreParams()
    adapters: AdapterParams = AdapterParams()
    evaluate: EvaluateParams = EvaluateParams()
    promotion: PromotionParams = PromotionParams()
    alarm: AlarmParams = AlarmParams()
    recommend: RecommendParams = RecommendParams()
    compute: ComputeParams = ComputeParams()
    nights: NightParams = NightParams()
    tracking: TrackingParams = TrackingParams()
    schedules: ScheduleParams = ScheduleParams()
    notification: NotificationParams = NotificationParams()
    retention: RetentionParams = RetentionParams()
    items: ItemParams = ItemParams()

    @model_validator(mode="after")
    def _histories_are_read_whole(self) -> Self:
        length, longest = self.sequences.length, self.backbone.max_length
        if length > longest:
            raise ValueError(f"sequences.length = {length} exceeds backbone.max_length = {longest}: lower it")
        return self
