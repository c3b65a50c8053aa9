"""An account in words, in rows and as what JSON can hold."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from raie.erasure.account import Account
from raie.interactions.erased import user_digest

Row = dict[str, Any]
ANEW = {
    "nothing": "nothing: the newest snapshot is free of the user",
    "drop": "raw days, histories and held-out windows without them; no region, adapter or backbone changes",
    "since": "every night after {start}, as one, without them: regions and the adapters they touch",
    "retrain": "backbone, regions and adapters: a new generation; regions found again keep their ids",
}
STAYS = (
    "earlier snapshots keep their events: in DVC's cache and remotes, .raie/opened and MLflow's versions. "
    "raie snapshot prune frees what the policy lets go; the snapshot that erased them was made from one that "
    "holds them, and keeps that one's raw days as long as it is kept itself",
    "a tag itself holds no event, but where a line was malformed or its user id refused, that night's gate "
    "results quote it",
    "files in data/inbox, data/quarantine and at the source are not touched, and a later delivery of these "
    "events is accepted as new",
    "git keeps the SHA-256 of the id, which who can guess the id can check",
    "item ids that only they used stay in the vocabulary",
)


def account_rows(account: Account) -> list[Row]:
    """One row per snapshot that holds events of the user, or has something made of them."""
    return [
        {
            "snapshot": trace.snapshot,
            "kind": trace.kind,
            "generation": trace.generation,
            "new events": trace.new,
            "held events": trace.held,
            "sequences": trace.sequences,
            "trained": " ".join(trace.regions),
            "recommended": "yes" if trace.recommended else "",
            "files": "" if trace.at_hand else "not at hand",
        }
        for trace in account.traces
        if trace.held or trace.sequences or trace.recommended or not trace.at_hand
    ]


def account_document(account: Account) -> Row:
    """Everything, for a program."""
    return {
        **asdict(account),
        "digest": user_digest(account.user),
        "anew": _anew(account),
        "stays": list(STAYS),
    }


def account_lines(account: Account) -> Iterator[str]:
    """What the user had a part in, what would be made anew, and what stays."""
    over = f" on {len(account.days)} days, {account.days[0]} to {account.days[-1]}" if account.days else ""
    yield f"{account.newest} holds {account.events} events of the user{over}"
    if account.held_out:
        yield "held out: their events never train anything, they only judge"
    elif account.in_backbone:
        yield "the present generation began with them: its backbone and regions were made with their events"
    trained = sorted({region for trace in account.traces for region in trace.regions})
    yield f"adapters that trained on their sequences: {', '.join(trained) or 'none'}"
    yield f"made anew: {_anew(account)}"
    yield from (f"stays: {line}" for line in STAYS)


def _anew(account: Account) -> str:
    return ANEW[account.way].format(start=account.start)
