"""A bundle that answers: what the registered model does, without MLflow."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from raie.backbones.device import fix_threads
from raie.columns import ITEM, RATING
from raie.exceptions import UsageError
from raie.params import Params
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.recommending import recommend_users
from raie.snapshots.serving import ServedSnapshot
from raie.tracking.asked import histories_of, interactions_of
from raie.tracking.bundle import ADAPTERS, BACKBONE, IDENTITY, PARAMS, REGIONS, VOCABULARY


@dataclass(frozen=True)
class BundledSnapshot:
    """A snapshot loaded from the folder that `raie.tracking.bundle.write_bundle` wrote.

    Attributes
    ----------
    snapshot : str
        Its id.
    served : ServedSnapshot
    vocabulary : Vocabulary
    """

    snapshot: str
    served: ServedSnapshot
    vocabulary: Vocabulary

    @classmethod
    def load(cls, folder: Path) -> "BundledSnapshot":
        """Load a bundle, and set this process's threads as the snapshot's own run did.

        Raises
        ------
        MissingError
            If a part of it is missing.
        """
        params = Params.model_validate(json.loads((folder / PARAMS).read_text(encoding="utf-8")))
        # another number of threads rounds differently
        fix_threads(params.compute.threads)
        served = ServedSnapshot.load(
            backbone=folder / BACKBONE, regions=folder / REGIONS, adapters=folder / ADAPTERS, params=params
        )
        identity = json.loads((folder / IDENTITY).read_text(encoding="utf-8"))
        return cls(identity["snapshot"], served, Vocabulary.load(folder / VOCABULARY))

    def recommend(
        self, given: pd.DataFrame, *, k: int | None = None, exclude_seen: bool | None = None
    ) -> pd.DataFrame:
        """Recommend to every user in a table of interactions.

        Parameters
        ----------
        given : DataFrame
            As for `raie.tracking.asked.interactions_of`. Items that the snapshot does not know are ignored;
            where there are ratings, only positives make a history, as in the snapshot's own run.
        k : int, optional
            Items per user; the snapshot's own number by default.
        exclude_seen : bool, optional
            Leave out every item that was passed in for the user; as the snapshot does by default.

        Returns
        -------
        DataFrame
            As `raie.snapshots.recommending.recommend_users`, in order of user id: a row for each user with a
            positive of a known item, and none for the others.

        Raises
        ------
        UsageError
            If the table is not valid, nobody in it has a known item, or ``k`` exceeds the known items.
        """
        params, k = self.served.params, self.served.params.recommend.k if k is None else k
        if k > len(self.vocabulary):
            raise UsageError(
                f"k = {k}: snapshot {self.snapshot} has {len(self.vocabulary)} items, ask for fewer"
            )
        interactions = interactions_of(given)
        rated = interactions[RATING].notna().any()
        current, seen = histories_of(
            interactions,
            self.vocabulary,
            min_rating=params.data.min_rating if rated else None,
            length=params.sequences.length,
        )
        if not len(current):
            some = interactions[ITEM].iloc[0]
            raise UsageError(
                f"snapshot {self.snapshot} knows no item that they liked, such as {some!r}: check the ids"
            )
        exclude = params.recommend.exclude_seen if exclude_seen is None else exclude_seen
        return recommend_users(
            self.served, self.vocabulary, current, k=k, exclude_seen=exclude, seen=seen if exclude else None
        )
