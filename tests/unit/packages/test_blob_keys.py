"""Where a blob lies is said by its key, and nothing else can be said so.

Principles: GEN-2.1
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.kernel.digests import Sha256
from strongroom.packages.ports import BlobKey

DIGEST = Sha256.of(b"iron")
LEAVES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


@given(LEAVES.filter(lambda leaf: leaf not in (".", "..")))
def test_a_path_says_its_key(leaf: str) -> None:
    key = BlobKey(DIGEST, leaf)
    assert BlobKey.parse(key.path) == key


@pytest.mark.parametrize(
    "path",
    [
        "",
        "lost+found",
        "ab/cd/ef/x",
        f"{DIGEST.hex[:2]}/{DIGEST.hex[2:4]}/{DIGEST.hex[4:]}/",
        f"{DIGEST.hex[:2]}/{DIGEST.hex[2:4]}/{DIGEST.hex[4:]}/..",
        f"{DIGEST.hex[:2]}/{DIGEST.hex[2:4]}/{DIGEST.hex[4:]}/../../x",
        f"{DIGEST.hex[:2]}/{DIGEST.hex[2:4]}/{DIGEST.hex[4:]}/a/b",
        f"/{DIGEST.hex[:2]}/{DIGEST.hex[2:4]}/{DIGEST.hex[4:]}/a",
        f"{DIGEST.hex[:2].upper()}x/{DIGEST.hex[2:4]}/{DIGEST.hex[4:]}/a",
    ],
)
def test_no_other_path_is_a_blobs(path: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        BlobKey.parse(path)
