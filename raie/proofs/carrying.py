"""What a snapshot starts from: pointers to outputs of the snapshot before, or of one it restores."""

from collections.abc import Mapping

from raie.proofs.link import Link
from raie.proofs.mismatch import expect
from raie.snapshots.pointers import CARRIED, PREVIOUS, RESTORED

Outputs = Mapping[str, Mapping[str, str]]
"""MD5 of every output, by path, by snapshot."""


def outputs_of(link: Link) -> dict[str, str]:
    """MD5 of every output in a snapshot's ``dvc.lock``, by path."""
    return {path: str(out["md5"]) for path, out in link.outputs.items()}


def check_carried(link: Link, earlier: Outputs) -> None:
    """Check every pointer to an earlier snapshot's state; that the stages read it, `check_lock` has checked.

    Raises
    ------
    MismatchError
    """
    origins = {PREVIOUS.as_posix(): link.night["previous"], RESTORED.as_posix(): link.night.get("restored")}
    for folder, origin in origins.items():
        pointed = {path: out for path, out in link.pointers.items() if path.startswith(f"{folder}/")}
        # of an earlier snapshot a run brings back what it needs, of the one before it all that goes on
        names = CARRIED if folder == PREVIOUS.as_posix() else map(_name, pointed)
        expected = sorted(f"{folder}/{name}" for name in names) if origin else []
        expect(link.tag, f"pointers in {folder}", expected, sorted(pointed))
        for path, out in pointed.items():
            source = f"data/{_name(path)}"
            held = earlier.get(str(origin), {}).get(source)
            expect(link.tag, f"MD5 in {path}.dvc, of {source} in snapshot {origin},", held, out["md5"])


def _name(path: str) -> str:
    return path.rpartition("/")[2]
