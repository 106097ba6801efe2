"""A domain is well only when everything that could say otherwise has answered, and has not said so.

Principles: AUTHN-2.1
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.domains import (
    NameAnswer,
    Names,
    Registration,
    Registry,
    Standing,
    is_local_name,
    judge,
    trusted,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
VERIFIED = datetime(2025, 3, 1, 12, tzinfo=UTC)
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
WELL = NameAnswer(Names.RECEIVES)
FOUND = Registration(Registry.FOUND, LONG_AGO, NOW + timedelta(days=90), frozenset({"active"}))
NO_RDAP = Registration(Registry.NONE)


def standing(names: NameAnswer, registration: Registration) -> Standing:
    return judge(names, registration, VERIFIED, NOW).standing


def test_a_domain_that_receives_mail_and_is_registered_since_before_is_well() -> None:
    assert standing(WELL, FOUND) is Standing.WELL


@pytest.mark.principle("AUTHN-2.1")
def test_a_domain_registered_after_the_verification_is_somebody_elses_however_well_it_looks() -> None:
    anew = Registration(Registry.FOUND, VERIFIED + timedelta(seconds=1), NOW + timedelta(days=300))
    for names in (WELL, *(NameAnswer(each) for each in Names)):
        assert standing(names, anew) is Standing.REREGISTERED
    assert standing(WELL, Registration(Registry.FOUND, VERIFIED)) is Standing.WELL


@pytest.mark.principle("AUTHN-2.1")
@pytest.mark.parametrize(
    ("names", "registration"),
    [
        (NameAnswer(Names.NXDOMAIN, is_confirmed=True), NO_RDAP),
        (NameAnswer(Names.NXDOMAIN), Registration(Registry.NOT_FOUND)),
        (NameAnswer(Names.NULL_MX), FOUND),
        (NameAnswer(Names.NO_MAIL), FOUND),
        (NameAnswer(Names.RECEIVES, nameservers=("ns1.example.net", "ns2.sedoparking.com")), FOUND),
        (NameAnswer(Names.RECEIVES, nameservers=("ns1.bodis.com.",)), NO_RDAP),
        (WELL, Registration(Registry.FOUND, LONG_AGO, NOW)),
        (WELL, Registration(Registry.FOUND, LONG_AGO, NOW - timedelta(days=1))),
        (NameAnswer(Names.NO_ANSWER), Registration(Registry.FOUND, LONG_AGO, NOW - timedelta(days=1))),
        *((WELL, Registration(Registry.FOUND, LONG_AGO, None, frozenset({each, "active"}))) for each in
          ("redemption period", "pending delete", "server hold", "pending restore", "serverHold", "pendingDelete")),
    ],
)  # fmt: skip
def test_a_domain_that_nobody_holds_or_uses_has_lapsed(names: NameAnswer, registration: Registration) -> None:
    assert standing(names, registration) is Standing.LAPSED


@pytest.mark.principle("AUTHN-2.1")
@pytest.mark.parametrize(
    ("names", "registration"),
    [
        (NameAnswer(Names.NXDOMAIN, is_confirmed=True), Registration(Registry.NO_ANSWER)),
        (NameAnswer(Names.NO_MAIL), Registration(Registry.NO_ANSWER)),
        (NameAnswer(Names.NO_ANSWER), FOUND),
        (NameAnswer(Names.NO_ANSWER), NO_RDAP),
        (NameAnswer(Names.NXDOMAIN), FOUND),
        (NameAnswer(Names.NXDOMAIN), NO_RDAP),
        (WELL, Registration(Registry.NO_ANSWER)),
        (WELL, Registration(Registry.NOT_FOUND)),
    ],
)
def test_what_was_not_answered_and_would_decide_is_unknown(names: NameAnswer, registration: Registration) -> None:
    assert standing(names, registration) is Standing.UNKNOWN


def test_without_a_registry_to_ask_dns_alone_decides_and_it_is_said() -> None:
    found = judge(WELL, NO_RDAP, VERIFIED, NOW)
    assert found.standing is Standing.WELL
    assert "DNS alone" in found.why
    silent = judge(WELL, Registration(Registry.FOUND, None, None), VERIFIED, NOW)
    assert silent.standing is Standing.WELL
    assert "does not say since when" in silent.why


@given(
    st.builds(NameAnswer, st.sampled_from(Names), st.booleans()),
    st.builds(
        Registration,
        st.sampled_from(Registry),
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.frozensets(st.sampled_from(["active", "server hold", "pending delete"])),
    ),
)
def test_whatever_is_answered_a_domain_is_well_only_when_it_receives_mail(
    names: NameAnswer, registration: Registration
) -> None:
    found = judge(names, registration, VERIFIED, NOW)
    assert found.why
    if found.standing is Standing.WELL:
        assert names.names is Names.RECEIVES
        assert registration.registry in (Registry.FOUND, Registry.NONE)
        assert registration.created is None or registration.created <= VERIFIED


@pytest.mark.parametrize("name", ["buildhost", "mail.corp.internal", "x.LOCAL", "a.test", "localhost", "n.home.arpa."])
def test_a_name_that_no_registry_gives_out_is_local(name: str) -> None:
    assert is_local_name(name)


@pytest.mark.parametrize("name", ["example.org", "local.example.org", "mylocal.org", "test.de", "arpa.net"])
def test_any_other_name_is_not(name: str) -> None:
    assert not is_local_name(name)


def test_the_operator_vouches_for_a_domain_and_what_is_below_it() -> None:
    for name in ("corp.internal", "Mail.Corp.Internal", "corp.internal."):
        found = trusted(name, {"Corp.internal"})
        assert found is not None
        assert found.standing is Standing.WELL
    for name in ("xcorp.internal", "internal", "corp.internal.evil.example"):
        assert trusted(name, ("corp.internal",)) is None
