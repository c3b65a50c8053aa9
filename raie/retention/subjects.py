"""All tags that retention decides about, read from git."""

import datetime
import json
from pathlib import Path

from raie.retention.policy import Subject
from raie.snapshots.night import NIGHT_FILE
from raie.snapshots.objects import read_blobs, tagged_commits
from raie.snapshots.remote import UNPUSHED
from raie.snapshots.tags import (
    CANDIDATE_PREFIX,
    PREFIX,
    date_of,
    list_candidates,
    list_snapshots,
    tag_of,
)


def list_subjects(repository: Path) -> list[Subject]:
    """Snapshots in the order of their chain, then refused candidates."""
    refs = [PREFIX + each for each in list_snapshots(repository)]
    refs += [CANDIDATE_PREFIX + each for each in list_candidates(repository)]
    commits = tagged_commits(repository, PREFIX, CANDIDATE_PREFIX)
    nights = read_blobs(repository, [f"{ref}:{NIGHT_FILE.as_posix()}" for ref in refs])
    return [_subject(ref, commits[ref], night or b"{}") for ref, night in zip(refs, nights, strict=True)]


def unpushed(repository: Path) -> set[str]:
    """Tags of snapshots whose push to the remote has failed so far: what is freed here would be lost."""
    file = repository / UNPUSHED
    ids = file.read_text(encoding="utf-8").split() if file.is_file() else []
    return {PREFIX + each for each in ids}


def _subject(ref: str, commit: str, night: bytes) -> Subject:
    document = json.loads(night)
    previous = document.get("previous")
    return Subject(
        ref=ref,
        commit=commit,
        date=datetime.date.fromisoformat(date_of(ref.partition("/")[2])),
        generation=int(document.get("generation", 1)),
        previous=tag_of(previous) if previous else None,
        refused=ref.startswith(CANDIDATE_PREFIX),
    )
