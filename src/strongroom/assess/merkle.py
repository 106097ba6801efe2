"""Whether a later log holds an earlier one unchanged: consistency proofs of Merkle trees.

Principles: GEN-3.2
"""

import hashlib
from collections.abc import Sequence


def is_consistent(size_before: int, root_before: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Report whether a consistency proof shows that the smaller tree is the beginning of the larger one.

    Hashing is RFC 6962's, and the steps are those of RFC 9162, section 2.1.4.2. An empty tree begins every other.
    """
    if size_before == 0:
        return not proof
    if size_before == size:
        return not proof and root_before == root
    if size_before > size or not proof:
        return False
    # "If first is an exact power of 2, then prepend first_hash to the consistency_path array."
    path = [root_before, *proof] if size_before & (size_before - 1) == 0 else list(proof)
    at, last = size_before - 1, size - 1
    # "If LSB(fn) is set, then right-shift both fn and sn equally until LSB(fn) is not set."
    while at & 1:
        at, last = at >> 1, last >> 1
    small = large = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            small, large = _node(each, small), _node(each, large)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            large = _node(large, each)
        at, last = at >> 1, last >> 1
    return last == 0 and small == root_before and large == root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
