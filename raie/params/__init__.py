"""The parameters: frozen sections that mirror ``params.yaml``, unknown keys refused."""

from raie.params.data import Columns, DataParams, DriftKind, NightParams, SequenceParams, SyntheticParams
from raie.params.document import Params
from raie.params.gates import (
    AdapterGateParams,
    EncodingGateParams,
    GateParams,
    InteractionGateParams,
    MetricGateParams,
    RegionGateParams,
    SequenceGateParams,
)
from raie.params.load import PARAMS_FILE, load_params
from raie.params.operation import (
    ITEMS_FILE,
    AlarmParams,
    FlowName,
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

__all__ = [
    "ITEMS_FILE",
    "AdapterGateParams",
    "AdapterParams",
    "AlarmParams",
    "BackboneParams",
    "Columns",
    "ComputeParams",
    "DataParams",
    "DatastoreParams",
    "DriftKind",
    "EditParams",
    "EncodingGateParams",
    "EvaluateParams",
    "FlowName",
    "GateParams",
    "InteractionGateParams",
    "ItemParams",
    "MetricGateParams",
    "NightParams",
    "NotificationParams",
    "PARAMS_FILE",
    "Params",
    "PretrainParams",
    "PromotionParams",
    "RecommendParams",
    "RegionGateParams",
    "RegionParams",
    "RetentionParams",
    "ScheduleParams",
    "Section",
    "SequenceGateParams",
    "SequenceParams",
    "SyntheticParams",
    "TrackingParams",
    "load_params",
]
