"""Made-up titles and genres, so that the embedded population's regions can be described."""

import pandas as pd

from raie.columns import ITEM

GENRES = (
    "Drama",
    "Comedy",
    "Thriller",
    "Romance",
    "Western",
    "Fantasy",
    "Crime",
    "Musical",
    "War",
    "Animation",
)
"""Of the tastes t1, t2 and on; beyond the last again from the first, as "Drama no. 2"."""
NICHES = ("Film-Noir", "Silent", "Kaiju", "Giallo", "Mumblecore")
"""The same of the niches n1, n2 and on."""


def title_items(items: pd.DataFrame) -> pd.DataFrame:
    """Call items after their planted tastes: the third item of the first taste is "Drama 3".

    Parameters
    ----------
    items : DataFrame
        item_id and taste, as in `raie.interactions.synthetic.population.Truth`.

    Returns
    -------
    DataFrame
        item_id, title and genres (one), in the same order.
    """
    genres = items["taste"].map(_genre)
    numbers = items.groupby("taste").cumcount() + 1
    return pd.DataFrame({ITEM: items[ITEM], "title": genres + " " + numbers.astype(str), "genres": genres})


def _genre(taste: str) -> str:
    names, place = NICHES if taste.startswith("n") else GENRES, int(taste[1:]) - 1
    again, row = divmod(place, len(names))
    return names[row] + (f" no. {again + 1}" if again else "")
