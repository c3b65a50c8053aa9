"""What is expected of what regions saw: entries that fit each other, the backbone and the vocabulary."""

from typing import Any

import numpy as np
import pandas as pd

from raie.datastore.entries import Entries
from raie.gates.carried import load_vocabulary
from raie.gates.judgement import Suite
from raie.gates.layout import DATASTORE
from raie.gates.reading import readable
from raie.gates.rules import none
from raie.gates.run import Run
from raie.gates.storedregions import StoredRegions
from raie.interactions.erased import is_erased

AGAIN = "run the stage edit again"


def datastore_suite(run: Run, regions: StoredRegions, dim: int) -> Suite:
    """Expect the datastore of every region that has one to be whole, and of nobody else any.

    Parameters
    ----------
    run : Run
    regions : StoredRegions
        Of ids in their proper form.
    dim : int
        Of the backbone's encodings.
    """
    folder = run.data / DATASTORE
    with readable(DATASTORE):
        names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    n_items, table = len(load_vocabulary(run)), {}
    for name in names:
        if name in regions.ids:
            with readable(f"{DATASTORE}/{name}"):
                entries = Entries.load(folder / name, with_users=True)
                table[name] = {"strangers": 0, **_faults(entries, run, n_items=n_items, dim=dim)}
        else:
            table[name] = {"strangers": 1}
    rules = [
        none("strangers", "is not 0: entries belong to a region that does not exist", AGAIN),
        none("uneven", "is not 0: there is not one of everything per entry", AGAIN),
        none("not_unit", "is not 0: encodings are not unit vectors of the backbone", AGAIN),
        none("outside", "is not 0: next items lie outside the vocabulary", AGAIN),
        none("steps_back", "is not 0: entries are not in time order", AGAIN),
        none("erased", "is not 0: entries belong to erased users", AGAIN),
    ]
    columns = [str(rule.arguments["column"]) for rule in rules]
    frame = pd.DataFrame.from_dict(table, orient="index").reindex(columns=columns)
    counts = {"datastores": len(names)}
    return Suite("datastore", rules, frame.rename_axis("region"), counts)


def _faults(entries: Entries, run: Run, *, n_items: int, dim: int) -> dict[str, Any]:
    n, encodings = len(entries), entries.encodings
    others = (entries.encodings, entries.times, entries.user_ids)
    tolerance = run.params.gates.encodings.norm_tolerance
    fits = encodings.ndim == 2 and encodings.shape[1] == dim
    norms = np.linalg.norm(encodings.astype(np.float64), axis=1) if fits else np.zeros(n)
    return {
        "uneven": sum(len(each) != n for each in others),
        # not (<=): NaN is no unit vector either
        "not_unit": int(np.count_nonzero(~(np.abs(norms - 1) <= tolerance))),
        "outside": int(np.count_nonzero((entries.next_items < 1) | (entries.next_items > n_items))),
        "steps_back": int(np.count_nonzero(np.diff(entries.times) < 0)),
        "erased": int(is_erased(entries.user_ids.tolist(), run.night.erasure).sum()),
    }
