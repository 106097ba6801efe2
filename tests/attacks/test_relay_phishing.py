"""Relay phishing: a false page passes password and code on in time, and its owner gets nothing that matters.

Principles: AUTHN-2.2, AUTHN-2.3, AUTHN-3.3
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.people_world import ELSEWHERE, ORIGIN, OTHER_PASSWORD, PASSWORD, PeopleWorld, Person

from strongroom.assess.authenticator import Lie
from strongroom.authn.assurance import Strength
from strongroom.authz.roles import Role
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import addresses, factors, members, passwords, registration, sign_in
from strongroom.people.desk import Visitor
from strongroom.people.sign_in import MoreAsked

pytestmark = pytest.mark.principle("AUTHN-3.3")


@dataclass
class Scene:
    """A victim who maintains a critical project, and a phisher who is told all that the victim types."""

    town: PeopleWorld
    victim: Person
    anvil: ProjectName
    phisher: Visitor

    def relayed(self) -> MoreAsked:
        """Pass on the victim's password and one-time code from the phisher's machine, at once."""
        asked = self.town.password(self.victim, self.phisher)
        assert isinstance(asked, MoreAsked)
        came = sign_in.answer_totp(self.town.desk, self.phisher, asked.challenge, self.town.code(self.victim))
        assert isinstance(came, MoreAsked)
        return came

    def let_in(self) -> Visitor:
        """Suppose that the phisher reads the victim's mail too, and return them signed in."""
        came = self.town.confirmed(self.victim, self.relayed(), self.phisher)
        assert came.strength is Strength.TOTP
        return Visitor(ELSEWHERE, came.session, came.device)


@pytest.fixture
def scene(town: PeopleWorld) -> Scene:
    """A victim with password, one-time codes and a passkey."""
    victim = town.maintainer(key=True)
    anvil = town.project(victim)
    town.make_critical(anvil)
    return Scene(town, victim, anvil, Visitor(ELSEWHERE))


def test_a_relayed_password_and_code_are_stuck_at_a_link_that_goes_to_the_victim_alone(scene: Scene) -> None:
    came = scene.relayed()
    assert came.is_mailed and came.factors == ()
    assert scene.town.link(scene.victim.email, "sign-in/confirm")
    with scene.town.vault.reading() as books:
        assert all(each.source != ELSEWHERE.source for each in books.sessions.sessions_of(scene.victim.name))


def test_a_victim_who_opens_the_link_confirms_nothing_for_the_phisher(scene: Scene) -> None:
    relayed = scene.relayed()
    link = scene.town.link(scene.victim.email, "sign-in/confirm")
    # The victim's own browser holds another challenge at most, of a sign-in of its own.
    own = scene.town.password(scene.victim)
    assert isinstance(own, MoreAsked)
    with pytest.raises(Refused, match="other-browser"):
        sign_in.confirm_device(scene.town.desk, scene.victim.visitor, own.challenge, link)
    with pytest.raises(Refused, match="ticket-spent"):
        sign_in.answer_totp(scene.town.desk, scene.phisher, relayed.challenge, scene.town.code(scene.victim))
    with pytest.raises(Refused, match="no-session"):
        scene.town.token(Visitor(ELSEWHERE, relayed.challenge))


def test_the_challenge_that_the_phisher_holds_is_no_link(scene: Scene) -> None:
    relayed = scene.relayed()
    with pytest.raises(Refused, match="ticket-spent"):
        sign_in.confirm_device(scene.town.desk, scene.phisher, relayed.challenge, relayed.challenge)


def test_the_passkey_signs_nothing_for_the_phishers_page(scene: Scene) -> None:
    assert scene.victim.authenticator is not None
    options, challenge = sign_in.begin_passkey(scene.town.desk, scene.phisher)
    answer = scene.victim.authenticator.answer(options, ORIGIN, Lie(origin="https://packages-example.evil.example"))
    with pytest.raises(Refused, match="wrong-key-answer"):
        sign_in.finish_passkey(scene.town.desk, scene.phisher, challenge, answer)
    with pytest.raises(ValueError, match="holds no credential"):
        scene.victim.authenticator.answer({**options, "rpId": "evil.example"}, "https://evil.example")


MATTERS: list[tuple[str, Callable[[Scene, Visitor], object]]] = [
    ("enrols a key", lambda s, v: factors.begin_key(s.town.desk, v)),
    ("enrols one-time codes", lambda s, v: factors.begin_totp(s.town.desk, v)),
    ("removes one-time codes", lambda s, v: factors.remove_totp(s.town.desk, v)),
    ("removes the key", lambda s, v: factors.remove_key(s.town.desk, v, s.victim.keys[0].identifier)),
    ("makes recovery codes", lambda s, v: factors.make_recovery_codes(s.town.desk, v)),
    ("changes the password", lambda s, v: passwords.change_password(s.town.desk, v, PASSWORD, OTHER_PASSWORD)),
    ("adds an address", lambda s, v: addresses.add_address(s.town.desk, v, "mallory@evil.example")),
    ("removes an address", lambda s, v: addresses.remove_address(s.town.desk, v, s.victim.email)),
    ("makes another address primary", lambda s, v: addresses.make_primary(s.town.desk, v, s.victim.email)),
    ("removes the account", lambda s, v: registration.leave(s.town.desk, v, "ada")),
    ("makes a token", lambda s, v: s.town.token(v)),
]


@pytest.mark.parametrize(("deed", "tries"), MATTERS, ids=[deed for deed, _ in MATTERS])
def test_even_a_confirmed_session_by_code_does_nothing_that_would_last(
    scene: Scene, deed: str, tries: Callable[[Scene, Visitor], object]
) -> None:
    inside = scene.let_in()
    with pytest.raises(Refused, match="prove-again"):
        tries(scene, inside)
    # Nor does another relayed code make it do so: the strongest factor is asked for.
    with pytest.raises(Refused, match="prove-stronger"):
        factors.prove_by_code(scene.town.desk, inside, scene.town.code(scene.victim))
    with pytest.raises(Refused, match="prove-stronger"):
        factors.prove_by_password(scene.town.desk, inside, PASSWORD)
    with pytest.raises(Refused, match="prove-again"):
        tries(scene, inside)


def test_such_a_session_does_not_manage_the_critical_project(scene: Scene) -> None:
    mallory = scene.town.maintainer("mallory")
    inside = scene.let_in()
    with pytest.raises(Refused, match="needs-stronger-proof"):
        members.give_role(scene.town.desk, scene.town.index, inside, scene.anvil, mallory.name, Role.OWNER)


def test_a_token_that_was_made_by_code_before_there_was_a_key_does_not_publish_there(town: PeopleWorld) -> None:
    victim = town.maintainer()
    anvil = town.project(victim)
    asked = town.sign_in(victim, victim.stranger)
    assert isinstance(asked, MoreAsked)
    came = town.confirmed(victim, asked, victim.stranger)
    planted = town.token(Visitor(ELSEWHERE, came.session, came.device))
    town.publish(planted)
    town.make_critical(anvil)
    with pytest.raises(Refused, match="needs-phishing-resistant"):
        town.publish(planted)
    town.prove(victim)
    town.enrol_key(victim)
    with pytest.raises(Refused, match="needs-stronger-proof"):
        town.publish(planted)


def test_a_victim_without_a_key_is_told_of_every_step_and_the_phisher_is_stuck_at_the_link(town: PeopleWorld) -> None:
    victim = town.maintainer()
    asked = town.sign_in(victim, Visitor(ELSEWHERE))
    assert isinstance(asked, MoreAsked) and asked.is_mailed
    assert any(
        "/sign-in/confirm/" in each.text and ELSEWHERE.source in each.text for each in town.letters(victim.email)
    )
    for guess in ("srm_", "", "000000"):
        with pytest.raises(Refused, match="ticket-spent"):
            sign_in.confirm_device(town.desk, Visitor(ELSEWHERE), asked.challenge, Secret(guess))
