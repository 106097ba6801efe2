"""Pages of strangers that are made to keep a reader busy: every pattern is done with them at once.

Principles: none
"""

import time

import pytest

from strongroom.assess.documents import LIMIT_CHARACTERS
from strongroom.assess.probes.disclosure import MEASURED
from strongroom.assess.probes.tokens import patterns_in


@pytest.mark.parametrize("piece", ["1", "1 ", "1 of ", "[", "[a", "[a]", "[a]+", "x", "[a " * 20])
def test_half_a_megabyte_of_anything_is_read_within_seconds(piece: str) -> None:
    text = (piece * LIMIT_CHARACTERS)[:LIMIT_CHARACTERS]
    began = time.monotonic()
    patterns_in(text)
    MEASURED.search(text)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("text", ["within 99.5 % of cases", "7 of the 12 reports", "in 100% of them", "a median of 3"])
def test_figures_are_found(text: str) -> None:
    assert MEASURED.search(text)


def test_what_looks_like_a_pattern_is_found_whole() -> None:
    assert patterns_in("Ours are `acme_[A-Za-z0-9]{40}` and [nothing] else.") == ["`acme_[A-Za-z0-9]{40}`"]
