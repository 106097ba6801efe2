"""A new password is taken only when a list has said that it never leaked.

Principles: AUTHN-2.4
"""

import pytest

from strongroom.authn.breaches import Exposure, require_unleaked
from strongroom.kernel.refusals import Refused


@pytest.mark.principle("AUTHN-2.4")
def test_a_leaked_password_is_refused() -> None:
    with pytest.raises(Refused, match="leaked-password") as refused:
        require_unleaked(Exposure.LEAKED)
    assert refused.value.principle == "AUTHN-2.4"


@pytest.mark.principle("AUTHN-2.4")
def test_a_list_that_is_silent_has_not_said_yes() -> None:
    with pytest.raises(Refused, match="breach-list-silent"):
        require_unleaked(Exposure.UNKNOWN)


def test_a_password_that_never_leaked_is_taken() -> None:
    require_unleaked(Exposure.NEVER_SEEN)
