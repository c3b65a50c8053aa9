"""Nights since the champion that were refused, from what is kept of them."""

from pathlib import Path

from raie.reports.outcome import Outcome
from raie.snapshots.tags import date_of, list_candidates

DATED = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"


def unpromoted_dates(repository: Path, outcome: Outcome, champion: str | None) -> list[str]:
    """Dates after the newest snapshot whose delivery or candidate was refused, this run's among them."""
    kept = [folder.name for folder in (repository / "data" / "quarantine").glob(f"{DATED}*")]
    dates = {date_of(name) for name in (*list_candidates(repository), *kept)}
    if outcome.status.startswith("refused"):
        dates.add(date_of(outcome.date))
    return sorted(date for date in dates if date > date_of(champion or ""))
