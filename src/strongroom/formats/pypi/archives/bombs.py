"""How much an archive may unpack to.

Principles: GEN-2.3
"""

from strongroom.formats import Limits
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

#: Below this, a high ratio is an ordinary file of zeros, and harms nobody.
RATIO_FLOOR_BYTES = 16 * 1024 * 1024


@upholds("GEN-2.3")
def require_bounded(unpacked_bytes: int, packed_bytes: int, limits: Limits) -> None:
    """Refuse an archive that unpacks to more than the limit, or to more than its size allows (a bomb).

    Sizes are in bytes; call it with the sum so far, before the bytes beyond it are produced.
    """
    too_much = unpacked_bytes > limits.unpacked_bytes
    too_dense = unpacked_bytes > RATIO_FLOOR_BYTES and unpacked_bytes > limits.ratio * packed_bytes
    if too_much or too_dense:
        raise Refused(
            "archive-bomb",
            f"The archive unpacks to more than {limits.unpacked_bytes} bytes, or to more than {limits.ratio} times its "
            "size; ship large or repetitive content another way.",
            principle="GEN-2.3",
        )


@upholds("GEN-2.3")
def require_countable(members: int, limits: Limits) -> None:
    """Refuse an archive of more members than the limit."""
    if members > limits.members:
        raise Refused(
            "archive-too-many-members",
            f"The archive has more than {limits.members} members; ship fewer files.",
            principle="GEN-2.3",
        )
