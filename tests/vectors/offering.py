"""Offers a file to the inspection as the publish road does.

Principles: none
"""

import hashlib
import io

from strongroom.formats import Claims, Inspected, Limits, Offered
from strongroom.formats.pypi import PyPIFormat
from strongroom.kernel.digests import Digests, Sha256

WHEEL_NAME = "anvil-1.0-py3-none-any.whl"
SDIST_NAME = "anvil-1.0.tar.gz"
LIMITS = Limits(members=50_000)


def digests_of(content: bytes) -> Digests:
    """Return the digests of `content` by every algorithm."""
    blake2b = hashlib.blake2b(content, digest_size=32).hexdigest()
    return Digests(Sha256.of(content), blake2b, hashlib.md5(content).hexdigest())


def inspect(
    content: bytes, filename: str = WHEEL_NAME, claims: Claims | None = None, limits: Limits = LIMITS
) -> Inspected:
    """Return what the inspection of `content` says, offered as `filename` with `claims`."""
    offered = Offered(filename, claims or {}, len(content), digests_of(content))
    return PyPIFormat(limits).inspect(offered, io.BytesIO(content))
