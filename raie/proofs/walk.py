"""The walk: every link of the chain from genesis, each held against the one before it."""

from collections.abc import Callable
from pathlib import Path

from raie.proofs.artefacts import rehash
from raie.proofs.cache import Cache
from raie.proofs.carrying import check_carried, outputs_of
from raie.proofs.chain import chain_to
from raie.proofs.copies import check_copies
from raie.proofs.gitobjects import Objects
from raie.proofs.ledgering import check_ledger
from raie.proofs.legible import legible
from raie.proofs.link import Link, read_link
from raie.proofs.locking import check_lock
from raie.proofs.manifesting import check_manifest
from raie.proofs.mismatch import expect
from raie.proofs.question import Proof, Question
from raie.proofs.replaying import check_stored, replay_link
from raie.proofs.tagging import check_tag
from raie.proofs.witnessing import check_moved, seen_tags
from raie.regions.regionset import RegionSet
from raie.snapshots.tags import PREFIX, tag_of


class Walk:
    """One walk along the chain of a repository; what it has seen is carried on from link to link."""

    def __init__(
        self, repository: Path, objects: Objects, question: Question, tell: Callable[[str], None]
    ) -> None:
        self.repository, self.objects, self.question, self.tell = repository, objects, question, tell
        self.seen, self.cache, self.proof = seen_tags(repository), Cache.of(repository), Proof()
        self.before: Link | None = None
        self.regions: RegionSet | None = None
        self.outputs: dict[str, dict[str, str]] = {}

    def prove(self) -> Proof:
        """Prove link after link."""
        names = chain_to(self.repository, self.objects, self.question.snapshot, self.seen)
        for name in names:
            self.tell(name)
            with legible(tag_of(name)):
                link = read_link(self.objects, name)
                self._prove(link, asked=name == names[-1])
                self.before, self.outputs[link.id] = link, outputs_of(link)
        return self._sum(link)

    def _prove(self, link: Link, *, asked: bool) -> None:
        check_moved(link, self.seen)
        check_tag(link, self.before)
        check_ledger(link, self.before)
        check_manifest(link)
        check_carried(link, self.outputs)
        check_lock(link)
        self.regions = replay_link(link, self.regions)
        if (asked or self.question.every) and not self.question.git_only:
            self._prove_artefacts(link)
        if asked and self.question.expected is not None:
            _check_root(link, self.question.expected)
        self.proof.snapshots += 1
        self.proof.entries += len(link.entries)

    def _prove_artefacts(self, link: Link) -> None:
        found = rehash(link, self.cache)
        check_stored(link, self.regions, found.files["data/regions"])
        check_copies(self.repository, link)
        if found.absent:
            self.proof.absent[link.tag] = found.absent

    def _sum(self, link: Link) -> Proof:
        proof, facts = self.proof, self.cache.seen.values()
        proof.ref, proof.commit, proof.root_hash = link.tag, link.commit, str(link.manifest["root_hash"])
        proof.witnessed = link.tag.removeprefix(PREFIX) in self.seen
        proof.git_files = len(self.objects.blobs)
        proof.files, proof.bytes = len(facts), sum(each.size for each in facts)
        return proof


def _check_root(link: Link, expected: str) -> None:
    root = str(link.manifest["root_hash"])
    expect(link.tag, "its root hash", expected, root[: len(expected)])
