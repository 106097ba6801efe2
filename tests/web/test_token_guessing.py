"""Whoever sends tokens that nobody holds is soon sent away, and nobody who holds one waits for it.

Principles: AUTHN-1.5
"""

import pytest
from tests.web.asking import Place
from tests.worlds import wheel

from strongroom.authn.throttle import LIMITS, Guess, Per
from strongroom.authz.tokens import mint

pytestmark = pytest.mark.principle("AUTHN-1.5")


def test_guesses_at_tokens_from_one_source_end_and_a_right_one_still_publishes(place: Place) -> None:
    token = place.token()
    most = LIMITS[Guess.TOKEN][Per.SOURCE][0].count
    for number in range(most):
        wrong = mint(number.to_bytes(32)).reveal()
        assert place.upload(wheel(), wrong).status == 403
    answer = place.upload(wheel(), mint(b"one more than that is too many!!").reveal())
    assert (answer.status, answer.json["code"]) == (429, "too-many-attempts")
    assert place.upload(wheel(), token).status == 200
