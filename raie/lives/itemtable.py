"""The table of the items: what a person calls them, and their genres."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from raie.exceptions import MissingError, UsageError
from raie.params import ITEMS_FILE, ItemParams

GENRES = "genres"
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_MOVIE = re.compile(r"(.+?)::(.*)::(.*)")
_MOVIES = ["item_id", "title", GENRES]
"""Columns of MovieLens' ``movies.dat``."""


@dataclass(frozen=True)
class Items:
    """What is known of items; one without a row is called by its id.

    Attributes
    ----------
    titles : mapping of str to str
        Item id -> title.
    genres : mapping of str to tuple of str
        Item id -> its genres.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    genres: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def title(self, item: str) -> str:
        """Title of an item, or its id."""
        return self.titles.get(item, item)


def read_items(repository: Path, params: ItemParams) -> Items:
    """Read the table that the parameters name.

    A file ``.csv``, ``.tsv`` or ``.parquet`` has the columns that the parameters name; MovieLens'
    ``movies.dat`` needs none of them. Of an item with several rows the first counts.

    Parameters
    ----------
    repository : Path
        A relative path is one below it.
    params : ItemParams
        Without a path ``data/items.csv`` is read if it is there; without a column for genres the column
        ``genres`` is, if it is there.

    Raises
    ------
    MissingError
        If the file that the parameters name does not exist.
    UsageError
        If it cannot be read or lacks a column.
    """
    path = repository / (params.path or ITEMS_FILE)
    if not path.is_file():
        if params.path is None:
            return Items()
        raise MissingError(f"items.path: {path} does not exist: correct the path, or write null")
    table = _read(path, params)
    names = table.columns.tolist()
    item, title, genres = _MOVIES if path.suffix == ".dat" else (params.item_id, params.title, params.genres)
    for key, name in (("item_id", item), ("title", title), ("genres", genres)):
        if name is not None and name not in names:
            found = ", ".join(map(str, names))
            remedy = f"set items.{key}, or give a CSV with {params.item_id},{params.title}"
            raise UsageError(f"{path} has no column '{name}', found {found[:200]}: {remedy}")
    genres = genres or (GENRES if GENRES in names else None)
    rows = table.drop_duplicates(item).set_index(item)
    return Items(
        titles={key: text for key, text in _clean(rows[title]).items() if text},
        genres={} if genres is None else _split(rows[genres]),
    )


def _read(path: Path, params: ItemParams) -> pd.DataFrame:
    remedy = f"set items.path, give a CSV with {params.item_id},{params.title}"
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path).astype("str")
        if path.suffix == ".dat":
            return pd.DataFrame(_movies(path.read_bytes()), columns=_MOVIES)
        if path.suffix in _DELIMITERS:
            return pd.read_csv(path, sep=_DELIMITERS[path.suffix], dtype="str", encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # what pandas and pyarrow raise about content is a ValueError
        raise UsageError(f"{path} cannot be read ({_line(error)}): {remedy}") from error
    raise UsageError(f"{path} is no .csv, .tsv, .parquet or movies.dat: {remedy}")


def _movies(content: bytes) -> list[tuple[str, ...]]:
    """Rows of ``id::title::genres``; the older editions of MovieLens are in Latin-1."""
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError:
        lines = content.decode("latin-1").splitlines()
    found = [_MOVIE.fullmatch(line) for line in lines if line.strip()]
    if None in found:
        raise ValueError(f"line {found.index(None) + 1} is not id::title::genres")
    return [match.groups() for match in found if match]


def _clean(texts: pd.Series) -> dict[str, str]:
    """Texts on one line each, without what a terminal would act upon; empty where there is none."""
    known = texts[texts.notna()]
    return {
        str(key): "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
        for key, text in known.items()
    }


def _split(texts: pd.Series) -> dict[str, tuple[str, ...]]:
    return {key: tuple(_parts(text)) for key, text in _clean(texts).items()}


def _parts(text: str) -> dict[str, None]:
    return dict.fromkeys(name.strip() for name in text.split("|") if name.strip())


def _line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:120]
