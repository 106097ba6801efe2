"""A token that was made to yank does that, where it may, and nothing that needs a session.

Principles: AUTHZ-1.1, AUTHZ-2.1
"""

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.web.asking import Answer, Place
from tests.worlds import ADA, ANVIL, BOB, wheel

from strongroom.authz.roles import Right, Role
from strongroom.authz.tokens import TOKEN_RIGHTS, mint
from strongroom.kernel.names import ProjectName
from strongroom.kernel.secrets import Secret
from strongroom.people.registry import add_token

pytestmark = pytest.mark.principle("AUTHZ-1.1", "AUTHZ-2.1")

YANK = frozenset({Right.YANK})


@pytest.fixture(autouse=True)
def shop(place: Place) -> None:
    """ada has published anvil 1.0; bob publishes to it too."""
    assert place.upload(wheel(), place.token(ADA)).status == 200
    with place.repository.vault.writing() as books:
        books.roles.grant(BOB, ANVIL, Role.PUBLISHER)


def made(place: Place, *projects: ProjectName, rights: frozenset[Right] = YANK, **more: Any) -> str:
    """Return a token of bob's."""
    scope = frozenset(projects) or None
    return add_token(place.repository.registry(), "test", BOB, rights, scope, **more)[0].reveal()


def asked(place: Place, token: str, deed: str = "releases/yank", **fields: Any) -> Answer:
    """Ask for a deed with a token in place of a session."""
    body = json.dumps({"project": "anvil", "version": "1.0", **fields}).encode()
    path = f"/api/v1/{deed}"
    return place.ask(path, "POST", body, content_type="application/json", authorization=f"Bearer {token}")


def is_yanked(place: Place) -> bool:
    files = place.ask("/simple/anvil/", accept="application/vnd.pypi.simple.v1+json").json["files"]
    return bool(files[0]["yanked"])


def test_a_token_made_to_yank_yanks_and_takes_it_back(place: Place) -> None:
    token = made(place, ANVIL)
    assert asked(place, token, reason="it cracks").status == 200
    assert is_yanked(place)
    assert asked(place, token, "releases/unyank").status == 200
    assert not is_yanked(place)
    with place.repository.vault.reading() as books:
        assert [each.what.actor for each in books.events.after(0, 1000)][-2:] == ["bob", "bob"]
        assert books.tokens.tokens_of(BOB)[0].last_used is not None


def test_it_publishes_nothing_and_a_token_made_to_publish_yanks_nothing(place: Place) -> None:
    assert place.upload(wheel(version="2.0"), made(place, ANVIL)).json["code"] == "token-out-of-scope"
    assert asked(place, made(place, rights=frozenset({Right.PUBLISH, Right.READ}))).json["code"] == "token-out-of-scope"
    assert not is_yanked(place)


def test_it_is_for_its_projects_from_its_networks_and_while_it_lives(place: Place) -> None:
    elsewhere = made(place, ProjectName("pypi", "hammer"))
    assert asked(place, elsewhere).json["code"] == "token-out-of-scope"
    assert asked(place, made(place, networks=("192.0.2.0/24",))).json["code"] == "token-out-of-place"
    revoked = made(place)
    with place.repository.vault.writing() as books:
        books.tokens.revoke_tokens_of(BOB, place.repository.registry().clock())
    assert asked(place, revoked).json["code"] == "token-revoked"
    assert not is_yanked(place)


@pytest.mark.parametrize("role", [None, Role.READER, Role.PEOPLE_MANAGER])
def test_it_does_nothing_that_its_owner_may_not_do_any_more(place: Place, role: Role | None) -> None:
    token = made(place)
    with place.repository.vault.writing() as books:
        books.roles.revoke(BOB, ANVIL)
        if role is not None:
            books.roles.grant(BOB, ANVIL, role)
    assert asked(place, token).json["code"] == "not-allowed"
    with place.repository.vault.writing() as books:
        books.roles.revoke(BOB, ANVIL)
        books.shelf.set_private(ANVIL, True)
    assert asked(place, token).json["code"] == "no-such-project"


@pytest.mark.principle("AUTHN-3.2", "AUTHN-3.3")
def test_it_dies_with_the_factor_and_a_critical_project_asks_for_a_key(place: Place) -> None:
    token = made(place)
    with place.repository.vault.writing() as books:
        now = place.repository.registry().clock()
        books.critical.designate(ANVIL, "named", now, now)
    assert asked(place, token).json["code"] == "needs-phishing-resistant"
    with place.repository.vault.writing() as books:
        books.critical.undesignate(ANVIL)
        bob = books.accounts.account(BOB)
        assert bob is not None
        books.accounts.change_account(replace(bob, totp_secret=""))
    assert asked(place, token).json["code"] == "needs-second-factor"


DEEDS: list[tuple[str, dict[str, Any]]] = [
    ("releases/remove", {"project": "anvil", "version": "1.0"}),
    ("projects/remove", {"project": "anvil", "typed": "anvil"}),
    ("projects/policy", {"project": "anvil", "demands": []}),
    ("projects/look", {"project": "anvil"}),
    ("members/add", {"project": "anvil", "name": "ada", "role": "owner"}),
    ("publishers/list", {"project": "anvil"}),
    ("tokens/create", {"every_project": True}),
    ("account", {}),
]


@pytest.mark.parametrize(("deed", "fields"), DEEDS)
def test_no_token_is_a_session(place: Place, deed: str, fields: dict[str, Any]) -> None:
    secret, kept = add_token(place.repository.registry(), "test", ADA, TOKEN_RIGHTS, None)
    with place.repository.vault.writing() as books:  # one of old, that was made for everything
        with_all = mint(b"older" * 8)
        books.tokens.add_token(
            replace(kept, identifier="older", fingerprint=with_all.fingerprint(), rights=frozenset(Right))
        )  # fmt: skip
    assert {_code(place, each, deed, fields) for each in (secret, with_all)} == {"no-session"}


def _code(place: Place, token: Secret, deed: str, fields: dict[str, Any]) -> str:
    answer = place.ask(
        f"/api/v1/{deed}",
        "POST",
        json.dumps(fields).encode(),
        content_type="application/json",
        authorization=f"Bearer {token.reveal()}",
    )
    return str(answer.json["code"])
