"""What an operator should look at, and the one line that says whether there is anything."""

from collections.abc import Iterator, Sequence
from typing import Any

from raie.reports.documents import NightShape, RunDocuments
from raie.reports.outcome import Outcome

Section = dict[str, Any]


def watch(
    run: RunDocuments, outcome: Outcome, summary: Section, *, champion: str | None, unpromoted: Sequence[str]
) -> list[str]:
    """Return the things to look at, the most pressing first; none when all is well.

    Parameters
    ----------
    run : RunDocuments
    outcome : Outcome
    summary : dict
        The sections that are written already: refused, changed, alarm.
    champion : str or None
        The newest snapshot.
    unpromoted : sequence of str
        Dates after the champion whose delivery or candidate was refused.
    """
    refused = _undecided(outcome) if run.night.decided else _refused(outcome, summary["refused"], champion)
    lines = [*refused, *outcome.trouble]
    if len(unpromoted) > 1:
        dates = f"{unpromoted[0]} to {unpromoted[-1]}"
        lines.append(f"{len(unpromoted)} nights were refused in a row ({dates}): find out what they share")
    if summary["alarm"]["recommend_retrain"]:
        lines.append(summary["alarm"]["text"])
    lines += [
        f"{gate.name}: {line}" for gate in run.gates if gate.document for line in gate.document.warnings
    ]
    lines += _losses(summary["changed"], promoted=outcome.status == "promoted")
    return lines + [f"a document cannot be read: {fault}" for fault in run.faults]


def _refused(outcome: Outcome, refused: Section, champion: str | None) -> Iterator[str]:
    kept = f"in {refused['kept']}" if refused["kept"] else "still in data/inbox"
    if outcome.status == "refused candidate":
        found = f"compare {outcome.tag} with {champion}" if outcome.tag else "see the gate that said no"
        yield f"the delivery lies {kept}: {found}, and move it back to data/inbox if it is to be tried again"
    elif outcome.status == "refused delivery":
        yield f"the delivery lies {kept}: correct it and move it back to data/inbox"
    elif outcome.status == "failed":
        yield f"the delivery lies {kept}: repair what failed and run this date again"
    elif outcome.error:
        yield f"promoted, but: {outcome.error}"
    if outcome.status == "promoted" and (refused["files"] or refused["rows"]):
        what = _plural(len(refused["files"]), "file") if refused["files"] else _plural(refused["rows"], "row")
        yield f"{what} refused, kept in {refused['kept'] or 'data/quarantine'}: see the interactions gate"


def _undecided(outcome: Outcome) -> Iterator[str]:
    if outcome.status != "promoted":
        yield "nothing has changed: mend what the error names and type the command again"


def _losses(changed: Section, *, promoted: bool) -> Iterator[str]:
    for check in changed["checks"]:
        if check["lost"] and (check["passed"] or promoted):
            interval = f"{check['low']:+.4f} to {check['high']:+.4f}"
            lost = f"Recall@{changed['k']} {check['difference']:+.4f} ({interval})"
            yield f"{check['name']}: {lost}, {check['reason'] or 'a loss'}"


def headline(outcome: Outcome, summary: Section, *, night: NightShape, champion: str | None) -> str:
    """Return one line: what became of the run, and whether there is anything to watch."""
    things = len(summary["watch"])
    if outcome.status != "promoted":
        stays = f"{champion} stays champion" if champion else "there is no snapshot yet"
        ended = {"refused candidate": "candidate refused", "refused delivery": "delivery refused"}
        why = "; ".join(summary["refused"]["why"]) or "no reason was given"
        return f"{outcome.date}: {ended.get(outcome.status, 'failed')}; {stays}. {why}"
    watched = f"{_plural(things, 'thing')} to watch" if things else "nothing to watch"
    return f"{outcome.date}: promoted.{_begun(night)} {_done(summary, night.kind)}; {watched}."


def _begun(night: NightShape) -> str:
    """What kind of run it was, if no night."""
    erased = f" {_plural(len(night.erasure), 'user')} erased." if night.erasure else ""
    if night.kind == "restore":
        return f" {night.restored_region or 'All regions'} rolled back to {night.restored}:"
    begins = night.kind in ("construct", "retrain")
    return erased + (f" Generation {night.generation} begins:" if begins else "")


def _done(summary: Section, kind: str) -> str:
    sequences, edited = summary["came_in"]["sequences"], summary["edited"]
    if kind == "nightly" and not sequences:
        return "No sequences arrived" if sequences == 0 else "Nothing arrived"
    parts = [_plural(sequences, "sequence")] if sequences else []
    if kind in ("construct", "retrain", "restore") or not sequences:
        return ", ".join([*parts, _plural(edited["regions"] or 0, "region")])
    parts.append(f"{_plural(len(edited['touched']), 'region')} touched")
    parts += [f"{len(edited[name])} {name}" for name in ("added", "merged", "retired") if edited[name]]
    return ", ".join(parts)


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
