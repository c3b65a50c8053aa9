"""What every section has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One section of ``params.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
