"""Users held out of Set-up, for retention."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray


def is_held_out(user_ids: Iterable[str], *, share: float, seed: int) -> NDArray[np.bool_]:
    """Tell which users are held out, by a keyed hash (BLAKE2b) of the id alone.

    Membership never changes as users come and go, and a larger share only adds users.

    Parameters
    ----------
    user_ids : iterable of str, length N
        Ids, repeated or not.
    share : float
        Expected share of users held out, 0 to 1.
    seed : int
        Key of the hash.

    Returns
    -------
    array of bool, shape (N,)
    """
    key = str(seed).encode()
    ids = list(user_ids)
    held = {user: _fraction(user, key) < share for user in set(ids)}
    return np.fromiter((held[user] for user in ids), dtype=np.bool_, count=len(ids))


def _fraction(user: str, key: bytes) -> float:
    digest = blake2b(user.encode(), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0**64
