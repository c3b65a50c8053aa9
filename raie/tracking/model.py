"""The registered model: MLflow runs a copy of this file, without a pickle; `raie` is the environment's."""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext


class SnapshotModel(PythonModel):
    """A snapshot that recommends to the users of a table of interactions."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the bundle."""
        from raie.tracking.served import BundledSnapshot  # registering a model needs no torch

        self._snapshot = BundledSnapshot.load(Path(context.artifacts["bundle"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Recommend, see `raie.tracking.served.BundledSnapshot.recommend`.

        Parameters
        ----------
        context : PythonModelContext
        model_input : DataFrame
            Interactions, one row each: user_id, item_id, timestamp and, if there are any, rating.
        params : dict, optional
            ``k`` and ``exclude_seen``.

        Returns
        -------
        DataFrame
            One row per user, in order of user id.
        """
        return self._snapshot.recommend(model_input, **(params or {}))


set_model(SnapshotModel())
