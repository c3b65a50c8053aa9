"""The protocol in words: what a reader needs to know to believe the numbers."""

from collections.abc import Iterator, Sequence

from raie.experiments.tables.budget import Budget
from raie.experiments.tables.means import CONFIDENCE
from raie.experiments.tables.record import K, Protocol
from raie.experiments.tables.roles import FROZEN, RETRAIN
from raie.experiments.tables.row import Summary
from raie.experiments.tables.rows import Table
from raie.experiments.tables.words import count, listed, printable, span

BLOCK = "block"
"""Protocol of windows of full length only, cut at a stride."""
SHARE = f"{100 * CONFIDENCE:g} %"


def caption(table: Table) -> str:
    """Sentences on data, ranking, seeds, tuning, budget and intervals."""
    return " ".join(_sentences(table))


def _sentences(table: Table) -> Iterator[str]:
    yield _split(table)
    yield _windows(table)
    yield (
        f"Recall@{K} and NDCG@{K} by full ranking of all {count(table.protocol.n_items)} items, "
        "seen items not removed; under Test, new, items of the history are removed."
    )
    yield from seed_sentences(table.rows)
    yield trial_sentence(table.rows)
    yield budget_sentence(table.budget, aside=RETRAIN in {row.method for row in table.rows})
    yield from _definitions(table)
    yield from _intervals(table)
    if len(table.codes) > 1:
        yield f"Cells were made by {len(table.codes)} versions of the code."


def _split(table: Table) -> str:
    protocol = table.protocol
    rating = "" if protocol.min_rating is None else f", ratings from {protocol.min_rating:g}"
    return (
        f"{printable(table.dataset)}, {printable(table.backbone)}, protocol {printable(protocol.name)}: "
        f"{_histories(protocol)} (L = {protocol.length}){rating}; "
        f"setup up to the {protocol.setup_quantile:g} quantile of time, finetuning up to the "
        f"{protocol.finetune_quantile:g} quantile, Test after it; "
        f"{100 * protocol.heldout_share:g} % of users held out."
    )


def _histories(protocol: Protocol) -> str:
    if protocol.name == BLOCK:
        every = "" if protocol.stride is None else f", one every {count(protocol.stride)}"
        return f"blocks of {protocol.length} items{every}"
    return f"histories of {protocol.min_history} to {protocol.length} items"


def _windows(table: Table) -> str:
    names = {
        "finetune": "finetuning",
        "setup_seen": "setup seen",
        "setup_heldout": "setup held out",
        "test_new": "of Test asking for an item that the history does not hold",
    }
    parts = (f"{span(*table.windows[part])} {names.get(part, part)}" for part in table.windows)
    return f"Windows: {', '.join(parts)}{_caps(table.protocol)}."


def _caps(protocol: Protocol) -> str:
    caps = {
        "finetuning": protocol.max_finetune,
        "setup seen and test": protocol.max_test,
        "setup held out": protocol.max_heldout,
    }
    known = [f"{count(most)} {name}" for name, most in caps.items() if most is not None]
    return f" (drawn where there are more than {', '.join(known)})" if known else ""


def seed_sentences(rows: Sequence[Summary]) -> Iterator[str]:
    """Say which seeds there are."""
    yield _per_method("Means over", {row.method: listed(row.seeds) for row in rows})
    if len({row.seeds for row in rows}) > 1:
        yield "The run is partial: means over different seeds are not like with like."


def trial_sentence(rows: Sequence[Summary]) -> str:
    """Say how many trials each method had."""
    return _per_method("Trials of tuning:", {row.method: span(*row.n_trials) for row in rows})


def _per_method(what: str, texts: dict[str, str]) -> str:
    """Say once what all methods have, otherwise who has what."""
    methods_of: dict[str, list[str]] = {}
    for method, text in texts.items():
        methods_of.setdefault(text, []).append(printable(method))
    if len(methods_of) == 1:
        return f"{what} {next(iter(methods_of))} for every method."
    parts = (f"{text} ({', '.join(methods)})" for text, methods in methods_of.items())
    return f"{what} {'; '.join(parts)}."


def budget_sentence(budget: Budget, *, aside: bool = False) -> str:
    """Say what methods that train took; ``aside``: the upper reference is there and took what it needed."""
    if budget.steps is None or budget.examples is None:
        return "No method was trained."
    but = f" ({RETRAIN} aside)" if aside else ""
    took = f"{span(*budget.steps)} steps and {span(*budget.examples)} examples"
    if budget.equal:
        return f"Equal budget: every trained method{but} took {took}."
    return f"Budgets differ: trained methods{but} took {took}."


def _definitions(table: Table) -> Iterator[str]:
    methods = {row.method for row in table.rows}
    if FROZEN in methods:
        yield (
            f"Forgetting: Recall@{K} on setup held out of {FROZEN} minus the method, seed by seed; "
            "positive is forgotten."
        )
    yield f"Harmonic mean: of Recall@{K} on setup held out and on Test, seed by seed."
    if RETRAIN in methods:
        yield f"Best values in bold; {RETRAIN} is the upper reference and does not compete."
    else:
        yield "Best values in bold."


def _intervals(table: Table) -> Iterator[str]:
    yield from spread_sentences(table.rows)
    if table.comparisons:
        yield bootstrap_sentence(n_resamples=table.n_resamples, seed=table.seed)
    if any(each.purpose == "best baseline" for each in table.comparisons):
        yield (
            "The best baseline is the one of the highest mean Recall@10 on the windows in question over the "
            "seeds it shares, which favours the baseline."
        )


def spread_sentences(rows: Sequence[Summary]) -> Iterator[str]:
    """Say what stands behind a mean."""
    if any(len(row.seeds) > 1 for row in rows):
        yield f"± is the half-width of the {SHARE} t-interval over seeds."
    if any(len(row.seeds) == 1 for row in rows):
        yield "Methods with one seed have no interval over seeds."


def bootstrap_sentence(*, n_resamples: int, seed: int) -> str:
    """Say what stands in brackets behind a difference."""
    return (
        f"Brackets: {SHARE} percentile interval of the paired bootstrap over users "
        f"({count(n_resamples)} resamples, seed {seed}; windows of all shared seeds are "
        "drawn with their user, the seeds are taken as they are)."
    )
