"""Chronicles in miniature: every operation, a refused candidate, a second generation, texts that bite."""

import json

import numpy as np
import pandas as pd

from raie.audit.chronicle import Chronicle, Members
from raie.edits.edit import Edit
from raie.edits.fold import fold
from raie.regions.regionset import RegionSet

DIM = 6
HOSTILE = (
    "</script><img src=x onerror=alert(1)> \"quoted\" 'it' & \u2028 \u202eright to left \U0001f480 <!-- ]]>"
)
NIGHTS = ("2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04", "2024-03-05", "2024-03-06")
REFUSED = "candidate/2024-03-04"


def edits_of(rng):
    """Edits by snapshot: births, routine, a merge, a retirement, then a retrain."""

    def edit(operation, region, *parents, scores=None, retained=0.9, increment=None):
        begins = operation in ("construct", "renew", "add")
        scale = 5.0 if begins else 0.4
        vector = rng.standard_normal(DIM) * scale if increment is None else increment
        weight, n = float(rng.uniform(6, 9)), int(rng.integers(5, 50))
        return Edit(
            operation, region, parents, retained, vector, weight, 0.8, n, scores or {"angle_moved": 0.02}
        )

    begin = [edit("construct", f"r000{number}") for number in (1, 2, 3)]
    routine = [edit("update", "r0001"), edit("expand", "r0002")]
    still, nothing = ({"retained": kept, "increment": np.zeros(DIM)} for kept in (1.0, 0.0))
    retrain = [edit("end", "r0002", **nothing), edit("renew", "r0001"), edit("construct", "r0005", "r0002")]
    return {
        NIGHTS[0]: begin,
        NIGHTS[1]: [*routine, edit("add", "r0004", "r0002", scores={"bic_gain": 12.5, "angle_moved": 0.01})],
        NIGHTS[2]: [],
        NIGHTS[3]: [edit("reject", "r0001", **still), edit("merge", "r0001", "r0004")],
        NIGHTS[4]: [edit("update", "r0001"), edit("retire", "r0003", **nothing)],
        NIGHTS[5]: retrain,
    }  # fmt: skip


def small_chronicle(text="plain", *, until=None):
    """The story's chronicle; ``text`` stands wherever a text of somebody else may."""
    rng = np.random.default_rng(3)
    story = edits_of(rng)
    kept = NIGHTS[: NIGHTS.index(until) + 1] if until else NIGHTS
    generations = {night: 1 + (night == NIGHTS[5]) for night in NIGHTS}
    sets, regions = {}, RegionSet.empty(DIM)
    for night in kept:
        regions = sets[night] = fold(regions, story[night], snapshot=night, date=night)
    members = Members(rng.standard_normal((40, DIM)).astype(np.float32), np.array(["r0001", "r0002"] * 20))
    rows = [_night(night, generations[night], text, len(sets[night])) for night in kept]
    if NIGHTS[3] in kept:
        rows.insert(kept.index(NIGHTS[3]) + 1, _refused(text))
    edits = [
        (night, generations[night], number, edit)
        for night in kept
        for number, edit in enumerate(story[night])
    ]
    return Chronicle(
        nights=pd.DataFrame(rows),
        edits=edit_table(edits),
        metrics=metric_table(sets),
        training=training_table(sets),
        gates=gate_table([row["ref"] for row in rows], text),
        sets=sets,
        members={1: members},
    )


def _night(night, generation, text, n_regions, status="earlier"):
    return {
        "ref": f"snapshot/{night}", "snapshot": night, "date": night[:10], "kind": "nightly",
        "generation": generation, "previous": None, "status": status, "n_regions": n_regions,
        "first_day": "2024-01-01", "last_day": night[:10], "n_accepted": 20, "n_refused": 1, "k": 10,
        "heldout_windows": 50, "heldout_recall": 0.25, "heldout_ndcg": 0.125, "base_recall": 0.2,
        "newest_recall": 0.3, "forward_recall": float("nan"), "forward_base_recall": float("nan"),
        "root_hash": "ab" * 32, "ledger_head": "cd" * 32, "commit": "ef" * 20, "code_commit": "01" * 20,
        "run": f"nightly {text}",
    }  # fmt: skip


def _refused(text):
    row = _night(NIGHTS[3], 1, text, 4, "refused")
    return row | {"ref": REFUSED, "heldout_recall": 0.1}


def edit_table(edits):
    """Table of (snapshot, generation, position, edit) as the archive has it."""
    return pd.DataFrame(
        [
            {
                "snapshot": night, "date": night, "generation": generation, "position": number + 1,
                "event": f"{night}/{number + 1:04d}", "operation": edit.operation, "region": edit.region,
                "parents": list(edit.parents), "n_sequences": edit.n_sequences, "retained": edit.retained,
                "weight": edit.weight, "radius": edit.radius,
                "angle_moved": edit.scores.get("angle_moved", np.nan), "scores": dict(edit.scores),
                "sequences_digest": "00" * 32, "adapter_digest": None,
                "hash": f"{number:032x}{night.replace('-', '')}", "previous_hash": "00" * 32,
            }
            for night, generation, number, edit in edits
        ]
    )  # fmt: skip


def metric_table(sets):
    """Recall of every region on every night, None where nothing was the region's."""
    rows = [
        {
            "snapshot": night,
            "region": name,
            "part": part,
            "windows": 9,
            "recall": 0.2 + 0.01 * place,
            "ndcg": 0.1,
        }
        for night, regions in sets.items()
        for place, name in enumerate(regions.ids)
        for part in ("setup_heldout", "forward")
    ]
    return pd.DataFrame(rows)


def training_table(sets):
    """Every region trained on every night."""
    rows = [
        {
            "snapshot": night, "region": name, "trained": True, "windows": 30, "replayed": 9, "steps": 4,
            "first_loss": 4.2, "last_loss": 4.0, "norm_mean": 0.05, "norm_max": 0.1,
        }
        for night, regions in sets.items()
        for name in regions.ids
    ]  # fmt: skip
    return pd.DataFrame(rows)


def gate_table(refs, text):
    """Two gates of every night; a candidate's second refused it."""
    rows = [
        {
            "ref": ref,
            "gate": gate,
            "passed": ref != REFUSED or gate != "promotion",
            "headline": text,
            "warnings": [text],
        }
        for ref in refs
        for gate in ("promotion", "interactions")
    ]
    return pd.DataFrame(rows)


def large_chronicle(n_nights, n_regions, *, dim=8):
    """Every region updated and expanded every night."""
    rng = np.random.default_rng(9)
    nights = [str(day.date()) for day in pd.date_range("2023-01-01", periods=n_nights)]
    names = [f"r{number:04d}" for number in range(1, n_regions + 1)]
    sets, edits, regions = {}, [], RegionSet.empty(dim)
    for place, night in enumerate(nights):
        made = (
            [("construct", name) for name in names]
            if place == 0
            else [(operation, name) for name in names for operation in ("update", "expand")]
        )
        run = [
            Edit(
                operation,
                name,
                (),
                0.99 * (place > 0),
                rng.standard_normal(dim),
                5.0,
                0.8,
                12,
                {"angle_moved": 0.01},
            )
            for operation, name in made
        ]
        if place:  # what a fold would give, much faster than edit by edit
            added = np.array([edit.increment for edit in run[::2]])
            regions = _moved(regions, added, night)
        else:
            regions = fold(regions, run, snapshot=night, date=night)
        sets[night] = regions
        edits += [(night, 1, number, edit) for number, edit in enumerate(run)]
    return Chronicle(
        nights=pd.DataFrame([_night(night, 1, "plain", n_regions) for night in nights]),
        edits=edit_table(edits),
        metrics=metric_table(sets),
        training=training_table(sets),
        gates=gate_table([f"snapshot/{night}" for night in nights], "plain"),
        sets=sets,
    )


def _moved(regions, added, night):
    return RegionSet.from_statistics(
        ids=regions.ids,
        parents=regions.parents,
        born=regions.born,
        last_seen=(night,) * len(regions),
        next_serial=regions.next_serial,
        resultants=regions.resultants_ + added,
        counts=regions.counts_ + 5.0,
        radii=regions.radii_,
    )


def embedded(page):
    """The document that a page holds."""
    _, _, rest = page.partition('<script type="application/json" id="data">')
    return json.loads(rest.partition("</script>")[0])
