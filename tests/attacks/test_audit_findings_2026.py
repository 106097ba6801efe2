"""The fourteen findings of the audit of another index in 2026, by number: none of them is one here.

`ELSEWHERE` names the tests of those that other files demonstrate. What was accepted there as a risk (6: a ban is passed
by with a token; 10: a file's own metadata is not compared with the form) is refused here like the rest.

Principles: AUTHN-1.4, AUTHN-1.5, AUTHN-3.2, AUTHZ-1.1, AUTHZ-2.1
"""

import ast
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.attacks.browsers import Browser, Site
from tests.people_world import OTHER_PASSWORD, PeopleWorld, Person
from tests.worlds import FORMAT, wheel

from strongroom.authz.leaks import Place
from strongroom.authz.roles import OrganisationRole, Right, Role
from strongroom.kernel.events import Event
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.removal import Cellar
from strongroom.people import administration, invitations, leaks, members, organisations, passwords, projects, registry
from strongroom.people.demands import set_organisation_policy
from strongroom.people.projects import Workbench
from strongroom.people.tokens import Wanted, create_token, revoke_own_token

TESTS = Path(__file__).parents[1]
#: Finding: the files, and the tests in them, that demonstrate that it is none here.
ELSEWHERE: dict[int, list[tuple[str, str]]] = {
    1: [("attacks/test_publisher_attacks.py", "test_tob_1_a_token_is_remembered_for_longer_than_its_leeway")],
    2: [("attacks/test_publisher_attacks.py", "test_tob_2_of_eight_that_come_at_once_with_one_token_one_is_served")],
    6: [
        (
            "web/test_token_guessing.py",
            "test_guesses_at_tokens_from_one_source_end_and_a_right_one_still_publishes",
        )
    ],
    9: [("attacks/test_replay.py", "test_no_other_spelling_of_a_used_code_is_a_new_one")],
    10: [
        ("principles/general/test_gen_2_1_no_replacement.py", "test_a_form_that_says_other_than_the_file_is_refused"),
        ("unit/formats/test_pypi_claims.py", "test_a_dependency_left_out_weakened_or_added_is_refused"),
    ],
    12: [
        (
            "attacks/test_publisher_attacks.py",
            "test_tob_12_an_issuer_of_ones_own_vouches_for_nobody_elses_builds",
        ),
        (
            "attacks/test_publisher_attacks.py",
            "test_issuer_confusion_the_same_path_on_another_gitlab_is_another_publisher",
        ),
    ],
}
ANVIL = ProjectName("pypi", "anvil")


def bench(town: PeopleWorld) -> Workbench:
    """Return what acting on projects needs."""
    cellar = Cellar(town.vault, town.road.blobs, town.index, town.clock)
    return Workbench(town.desk, FORMAT, town.road, cellar)


def make_acme(town: PeopleWorld, owner: Person, *others: tuple[Person, OrganisationRole]) -> None:
    """Make an organisation, in which others accept a place."""
    organisations.create(town.desk, owner.visitor, "acme", "Acme")
    for person, role in others:
        organisations.set_member(town.desk, owner.visitor, "acme", person.name, role)
        accept(town, person)


def accept(town: PeopleWorld, person: Person) -> None:
    """Accept the newest invitation."""
    invitations.accept(town.desk, town.index, person.visitor, invitations.mine(town.desk, person.visitor)[0].identifier)


def test_every_finding_has_a_test_here_or_in_the_file_that_is_named() -> None:
    here = {
        int(found) for found in re.findall(r"^def test_tob_(\d+)_", Path(__file__).read_text("utf-8"), re.MULTILINE)
    }
    assert here | set(ELSEWHERE) == set(range(1, 15))
    for path, name in (each for found in ELSEWHERE.values() for each in found):
        tree = ast.parse((TESTS / path).read_text("utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in functions, path


@pytest.mark.principle("AUTHZ-2.1")
def test_tob_3_no_link_of_the_metadata_wears_a_badge(site: Site) -> None:
    """TOB-3: a home page or download address was shown as verified when it only looked like the project's own."""
    town = site.town
    ada = town.maintainer()
    mine = "Home-page: https://packages.example/project/anvil/\nProject-URL: Source, https://packages.example@evil.example/\n"
    made = wheel(more=mine)
    urls = ["Source, https://packages.example@evil.example/"]
    claims = {**made.claims, "home_page": ["https://packages.example/project/anvil/"], "project_urls": urls}
    token = town.token(ada.visitor)
    answer = site.place.upload(replace(made, claims=claims), token.reveal())
    assert answer.status == 200, answer.text
    page = site.place.ask("/project/anvil/").text
    links = [line for line in page.splitlines() if "evil.example" in line]
    for line in links:
        assert not re.search(r"verified|badge|✓", line, re.IGNORECASE), line
        assert "nofollow" in line or "<a " not in line, line


@pytest.mark.principle("AUTHN-1.4", "AUTHZ-1.1")
def test_tob_4_however_a_token_ends_the_log_says_so(town: PeopleWorld) -> None:
    """TOB-4: that a token was deleted was told to a list that nobody kept."""
    ada, root = town.maintainer(), town.administrator("rita")
    desk, made = town.desk, [town.token(ada.visitor) for _ in range(5)]

    def ended(event: Event) -> list[str]:
        return [str(each.what.detail.get("token", "")) for each in town.recorded() if each.what.event is event]

    revoke_own_token(desk, ada.visitor, identifier_of(town, made[0]))
    book = registry.Registry(town.vault, town.clock, town.chance, "")
    registry.revoke_token(book, "command line", identifier_of(town, made[1]))
    assert ended(Event.TOKEN_REVOKED) == [identifier_of(town, each) for each in made[:2]]
    place = Place("https://git.example/x", "a test")
    with town.vault.writing() as books:
        leaks.revoke_found(books, {made[2].fingerprint(): place}, "finder", town.clock())
    assert ended(Event.TOKEN_LEAKED) == [identifier_of(town, made[2])]
    town.prove(root)
    administration.disable(desk, root.visitor, ada.name, "a reason")
    disabled = [each.what for each in town.recorded() if each.what.event is Event.ACCOUNT_DISABLED]
    assert len(disabled) == 1 and all(is_dead(town, each) for each in made)


def identifier_of(town: PeopleWorld, secret: Secret) -> str:
    with town.vault.reading() as books:
        bearer = books.tokens.bearer_of(secret.fingerprint())
    assert bearer is not None
    return bearer.token.identifier


def is_dead(town: PeopleWorld, secret: Secret) -> bool:
    try:
        town.publish(secret)
    except Refused:
        return True
    return False


@pytest.mark.principle("AUTHN-3.2")
def test_tob_5_asking_for_a_new_password_tells_nobody_who_administers(site: Site) -> None:
    """TOB-5: whoever had privileges was answered in another way."""
    town = site.town
    ada, root = town.maintainer(), town.administrator("rita")
    answers = [Browser(site).post("recover", email=who) for who in (ada.email, root.email, "nobody@x.example.com")]
    seen = {(each.status, each.headers.get("location"), each.body) for each in answers}
    assert len(seen) == 1
    letters = [[each for each in town.letters(who.email) if "/recover/" in each.text] for who in (ada, root)]
    assert [len(each) for each in letters] == [1, 1]
    assert len({each[0].subject.rpartition(" ")[0] for each in letters}) == 1


@pytest.mark.principle("AUTHN-3.2")
def test_tob_5_a_reset_by_mail_administers_nothing(town: PeopleWorld) -> None:
    root = town.administrator("rita")
    passwords.ask_for_reset(town.desk, root.stranger, root.email)
    link = town.link(root.email, "recover")
    with pytest.raises(Refused):
        passwords.finish_reset(town.desk, root.stranger, link, OTHER_PASSWORD, passwords.Beside())
    with pytest.raises(Refused, match="no-session"), town.vault.reading() as books:
        administration.administrator(town.desk, books, root.stranger)


@pytest.mark.principle("AUTHN-1.5")
def test_tob_6_who_is_shut_out_is_shut_out_by_token_too(town: PeopleWorld) -> None:
    """TOB-6, a risk that was accepted there: a ban held for sign-ins, and a token walked past it."""
    ada, root = town.maintainer(), town.administrator("rita")
    token = town.token(ada.visitor)
    town.publish(token)
    administration.disable(town.desk, root.visitor, ada.name, "a reason")
    assert is_dead(town, token)
    here = Wanted("ci", frozenset({Right.PUBLISH}), (), timedelta(days=1), networks=("192.0.2.0/24",))
    bob = town.maintainer("bob")
    narrow = create_token(town.desk, bob.visitor, here)[0]
    with pytest.raises(Refused, match="token-out-of-place"):
        town.publish(narrow, wheel("bobs"))


@pytest.mark.principle("AUTHZ-2.1")
def test_tob_7_who_administers_the_site_runs_no_organisation_and_a_manager_is_no_owner(town: PeopleWorld) -> None:
    """TOB-7: moderators, who were to look at organisations, could change them."""
    ada, bob, root = town.maintainer(), town.maintainer("bob"), town.administrator("rita")
    make_acme(town, ada, (bob, OrganisationRole.MANAGER))
    for who, code in ((root, "no-such-organisation"), (bob, "not-allowed")):
        town.prove(who)
        with pytest.raises(Refused, match=code):
            set_organisation_policy(bench(town), who.visitor, "acme", frozenset())
        with pytest.raises(Refused, match=code):
            organisations.set_member(town.desk, who.visitor, "acme", who.name, OrganisationRole.OWNER)
    with pytest.raises(Refused, match="no-such-organisation"):
        organisations.look_at(town.desk, root.visitor, "acme")


@pytest.mark.principle("AUTHZ-2.1")
@pytest.mark.parametrize("place", [OrganisationRole.MEMBER, OrganisationRole.MANAGER])
@pytest.mark.parametrize("offered", list(OrganisationRole))
def test_tob_8_nobody_but_an_owner_invites(
    town: PeopleWorld, place: OrganisationRole, offered: OrganisationRole
) -> None:
    """TOB-8, rated high: members could invite owners, since looking and inviting were one permission."""
    ada, bob, eve = town.maintainer(), town.maintainer("bob"), town.maintainer("eve")
    make_acme(town, ada, (bob, place))
    organisations.look_at(town.desk, bob.visitor, "acme")
    with pytest.raises(Refused, match="not-allowed"):
        organisations.set_member(town.desk, bob.visitor, "acme", eve.name, offered)
    assert list(invitations.mine(town.desk, eve.visitor)) == []


@pytest.mark.principle("AUTHZ-2.1")
def test_tob_8_looking_and_changing_share_no_address(site: Site) -> None:
    """What is asked for by GET changes nothing, and no deed is done by it."""
    from strongroom.web.people import account_deeds, organisation_deeds, project_deeds, publisher_deeds

    town = site.town
    ada, bob = town.maintainer(), town.maintainer("bob")
    make_acme(town, ada, (bob, OrganisationRole.MEMBER))
    town.project(ada)
    tables = (account_deeds.DEEDS, organisation_deeds.DEEDS, project_deeds.DEEDS, publisher_deeds.DEEDS)
    town.clock.wait(seconds=1)
    before = site.fingerprint()
    for person in (ada, bob):
        browser = Browser.of(site, person)
        for deed in (each for table in tables for each in table):
            for path in (f"/do/{deed.path}", f"/api/v1/{deed.path}"):
                asked = f"{path}?project=anvil&organisation=acme&name=bob&role=owner"
                assert browser.get(asked).status == 405, path
        pages = ("account/projects/", "account/projects/anvil/", "account/organisations/acme/", "account/tokens/")
        for page in pages:
            assert browser.get(f"/{page}").status < 500
            posted = site.place.ask(f"/{page}", "POST", b"", sec_fetch_site="same-origin")
            assert posted.status == 405, page
    assert site.fingerprint() == before


@pytest.mark.principle("AUTHZ-1.1")
def test_tob_11_nobody_ends_or_sees_the_token_of_another_by_its_number(town: PeopleWorld) -> None:
    """TOB-11: the identifier in the address was all that was asked for."""
    ada, mallory, root = town.maintainer(), town.maintainer("mallory"), town.administrator("rita")
    token = town.token(ada.visitor)
    identifier = identifier_of(town, token)
    says = set()
    for who in (mallory, root):
        for asked in (identifier, "0000000000000000"):
            with pytest.raises(Refused, match="no-such-token") as refused:
                revoke_own_token(town.desk, who.visitor, asked)
            says.add(refused.value.says.replace(asked, "…"))
    assert len(says) == 1  # whether there is such a token is not told either
    town.publish(token)


@pytest.mark.principle("AUTHZ-2.1")
def test_tob_13_no_role_of_a_team_persists_when_a_project_changes_hands(town: PeopleWorld) -> None:
    """TOB-13, rated high: after a transfer the former organisation's teams went on publishing."""
    ada, bob, carol = town.maintainer(), town.maintainer("bob"), town.maintainer("carol")
    town.project(ada)
    make_acme(town, ada, (bob, OrganisationRole.MEMBER), (carol, OrganisationRole.OWNER))
    town.prove(ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "acme")
    organisations.add_team(town.desk, ada.visitor, "acme", "smiths")
    organisations.add_to_team(town.desk, ada.visitor, "acme", "smiths", bob.name)
    organisations.set_team_role(town.desk, ada.visitor, "acme", "smiths", ANVIL, Role.PUBLISHER, given=True)
    tokens = []
    for each in (bob, carol):
        town.prove(each)
        tokens.append(town.token(each.visitor))
    for token in tokens:
        town.publish(token)
    town.prove(ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "")
    for token in tokens:
        with pytest.raises(Refused, match="not-allowed"):
            town.publish(token)
    for person in (bob, carol):
        with pytest.raises(Refused):
            projects.yank(bench(town), person.visitor, ANVIL, "1.0", "")
    # Nor when it comes back: what was given once is given anew, or not at all.
    town.prove(ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "acme")
    with pytest.raises(Refused, match="not-allowed"):
        town.publish(tokens[0])


@pytest.mark.principle("AUTHN-1.4")
def test_tob_14_who_is_made_an_administrator_is_in_the_log_and_hears_of_it(town: PeopleWorld) -> None:
    """TOB-14: the flag was changed, and no line said so."""
    ada, root = town.maintainer(), town.administrator("rita")
    for is_administrator in (True, False):
        town.prove(root)
        before = len(town.recorded())
        administration.make_administrator(town.desk, root.visitor, ada.name, is_administrator=is_administrator)
        happened = [each.what for each in town.recorded()[before:]]
        assert [(each.actor, each.detail["account"]) for each in happened] == [("rita", "ada")]
        assert "administrator" in happened[0].event.value
    assert len([each for each in town.letters(ada.email) if "administrat" in each.subject.lower()]) == 2


@pytest.mark.principle("AUTHZ-2.1")
def test_april_2025_who_has_left_an_organisation_has_none_of_its_teams_rights(town: PeopleWorld) -> None:
    """14 April 2025: members who had left kept the privileges of the teams that they had been in."""
    ada, bob = town.maintainer(), town.maintainer("bob")
    town.project(ada)
    make_acme(town, ada, (bob, OrganisationRole.MEMBER))
    town.prove(ada)
    projects.transfer(town.desk, town.index, ada.visitor, ANVIL, "acme")
    organisations.add_team(town.desk, ada.visitor, "acme", "smiths")
    organisations.add_to_team(town.desk, ada.visitor, "acme", "smiths", bob.name)
    for role in (Role.PUBLISHER, Role.PEOPLE_MANAGER):
        organisations.set_team_role(town.desk, ada.visitor, "acme", "smiths", ANVIL, role, given=True)
    town.prove(bob)
    token = town.token(bob.visitor)
    town.publish(token)
    organisations.remove_member(town.desk, ada.visitor, "acme", bob.name)
    with pytest.raises(Refused, match="not-allowed"):
        town.publish(token)
    with pytest.raises(Refused, match="not-allowed"):
        members.give_role(town.desk, town.index, bob.visitor, ANVIL, bob.name, Role.PUBLISHER)
    # Who comes back to the organisation is in no team that they were in before.
    organisations.set_member(town.desk, ada.visitor, "acme", bob.name, OrganisationRole.MEMBER)
    accept(town, bob)
    with pytest.raises(Refused, match="not-allowed"):
        town.publish(token)
