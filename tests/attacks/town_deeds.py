"""What people try in a small town: each deed draws what it does, asks the model, and does it by the real use-case.

Principles: AUTHZ-1.1, AUTHZ-2.1
"""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from tests.attacks.role_town import AWAY, NETWORK, ORGANISATIONS, TEAMS, Town, made, name
from tests.attacks.town_policies import govern, lower
from tests.people_world import HOME
from tests.role_model import Key
from tests.worlds import FORMAT

from strongroom.authn.accounts import AccountName
from strongroom.authz.roles import OrganisationRole, Right, Role
from strongroom.authz.tokens import Kind, Token, mint
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.packages.publishing import Presented, publish
from strongroom.people import invitations, members, organisations, projects, publishers, tokens
from strongroom.people.desk import Visitor
from strongroom.people.reading import Reader
from strongroom.people.registry import remove_person

# -- deeds: each draws what it does, asks the model, and does it


def give(town: Town) -> None:
    what = town.what
    who, whom, role = town.doer(what), town.who, town.role
    expected = town.model.give(who, what, whom, role)
    person = AccountName(whom)
    if town.agree(
        f"give {who} {what} {whom} {role}",
        expected,
        lambda: members.give_role(town.desk, town.road.pages, town.visitor(who), name(what), person, Role(role)),
    ):
        town.learn(f"{what} {whom} {role}", True, what, whom, role)


def take(town: Town) -> None:
    what = town.what
    own = sorted((who, role) for who, roles in town.model.projects[what].own.items() for role in roles)
    whom, held = town.of(*own, (town.who, town.role))
    who, role = town.doer(what), town.of(held, held, town.role, "")
    expected = town.model.take(who, what, whom, role)
    real = Role(role) if role else None
    town.agree(
        f"take {who} {what} {whom} {role}",
        expected,
        lambda: members.take_role(
            town.desk, town.road.pages, town.visitor(who), name(what), AccountName(whom), real
        ),
    )  # fmt: skip


def answer(town: Town) -> None:
    known = list(town.identifiers)
    if not known:
        return
    key = town.of(*known)
    who = town.of(key.split()[1], key.split()[1], town.who)
    way = town.of("accept", "accept", "accept", "decline", "withdraw")
    expected = getattr(town.model, way)(who, key)
    identifier, visitor = town.identifiers[key], town.visitor(who)

    def deed() -> None:
        if way == "accept":
            invitations.accept(town.desk, town.road.pages, visitor, identifier)
        elif way == "decline":
            invitations.decline(town.desk, visitor, identifier)
        else:
            invitations.withdraw(town.desk, visitor, identifier)

    town.agree(f"{way} {who} {key}", expected, deed)


def place(town: Town) -> None:
    org = town.of(*ORGANISATIONS)
    who, whom, role = town.runner(org), town.who, town.of("owner", "manager", "member", "member")
    expected = town.model.place(who, org, whom, role)
    person, real = AccountName(whom), OrganisationRole(role)
    if town.agree(
        f"place {who} {org} {whom} {role}",
        expected,
        lambda: organisations.set_member(town.desk, town.visitor(who), org, person, real),
    ):
        town.learn(f"{org} {whom} {role}", False, org, whom, role)


def expel(town: Town) -> None:
    org = town.of(*ORGANISATIONS)
    who, whom = town.runner(org), town.runner(org)
    expected = town.model.expel(who, org, whom)
    town.agree(
        f"expel {who} {org} {whom}",
        expected,
        lambda: organisations.remove_member(town.desk, town.visitor(who), org, AccountName(whom)),
    )


def team(town: Town) -> None:
    deed: Callable[[], object]
    org, which = town.of(*ORGANISATIONS), town.of(*TEAMS)
    way = town.of("team", "join", "join", "join", "quit", "quit", "disband")
    inside = town.model.organisations[org].teams.get(which, ()) if way == "quit" else ()
    who, whom = town.runner(org), town.of(*sorted(inside or town.model.organisations[org].members), town.who)
    visitor, person = town.visitor(who), AccountName(whom)
    if way == "team":
        expected = town.model.team(who, org, which)
        deed = partial(organisations.add_team, town.desk, visitor, org, which)
    elif way == "disband":
        expected = town.model.disband(who, org, which)
        deed = partial(organisations.remove_team, town.desk, visitor, org, which)
    elif way == "join":
        expected = town.model.join(who, org, which, whom)
        deed = partial(organisations.add_to_team, town.desk, visitor, org, which, person)
    else:
        expected = town.model.quit(who, org, which, whom)
        deed = partial(organisations.take_from_team, town.desk, visitor, org, which, person)
    town.agree(f"{way} {who} {org} {which} {whom}", expected, deed)


def empower(town: Town) -> None:
    org, which, role = town.of(*ORGANISATIONS), town.of(*TEAMS), town.role
    theirs = [each for each, there in town.model.projects.items() if there.organisation == org]
    who, what = town.runner(org), town.of(*theirs, town.what)
    given = town.of(True, True, False)
    expected = town.model.empower(who, org, which, what, role, given=given)
    visitor = town.visitor(who)
    town.agree(
        f"empower {who} {org} {which} {what} {role} {given}",
        expected,
        lambda: organisations.set_team_role(town.desk, visitor, org, which, name(what), Role(role), given=given),
    )


def show(town: Town) -> None:
    what, private = town.what, town.of(True, False)
    who = town.doer(what)
    expected = town.model.show(who, what, is_private=private)
    visitor = town.visitor(who)
    town.agree(
        f"show {who} {what} private={private}",
        expected,
        lambda: projects.set_private(town.bench, visitor, name(what), is_private=private),
    )


def transfer(town: Town) -> None:
    what, org = town.what, town.of(*ORGANISATIONS, *ORGANISATIONS, "")
    who = town.doer(what)
    expected = town.model.transfer(who, what, org)
    town.agree(
        f"transfer {who} {what} {org!r}",
        expected,
        lambda: projects.transfer(town.desk, town.road.pages, town.visitor(who), name(what), org),
    )


def trust(town: Town) -> None:
    what = town.what
    who = town.doer(what)
    number = len(town.log)
    wanted = publishers.Wanted("github", {"owner": "acme", "repository": f"r{number}", "workflow": "release.yml"})
    builds = [(project, build) for project, each in town.model.projects.items() for build in each.publishers]
    if builds and town.of(True, False, False):
        where, build = town.of(*builds)
        expected = town.model.distrust(who, where, build)
        identifier = town.identifiers_of_builds[build]
        town.agree(
            f"distrust {who} {where} {build}",
            expected,
            lambda: publishers.remove_publisher(town.desk, town.visitor(who), identifier),
        )
        return
    build = f"build-{number}"
    expected = town.model.trust(who, what, build)
    found: list[str] = []
    if town.agree(
        f"trust {who} {what} {build}",
        expected,
        lambda: found.append(
            publishers.add_publisher(town.desk, town.visitor(who), name(what), wanted).publisher.identifier
        ),
    ):
        town.identifiers_of_builds[build] = found[0]
        _mint_for(town, what, build, found[0])


def _mint_for(town: Town, what: str, build: str, identifier: str) -> None:
    """Keep what the exchange of an identity token mints (tests/attacks/test_publisher_attacks.py has the exchange)."""
    secret = mint(build.ljust(32, "-").encode(), kind=Kind.PUBLISHER)
    now = town.clock()
    with town.vault.writing() as books:
        books.tokens.add_token(
            Token(
                build, secret.fingerprint(), None, frozenset({Right.PUBLISH}), frozenset({name(what)}), now,
                now + timedelta(days=1), publisher=identifier,
            )
        )  # fmt: skip
    town.secrets[build] = secret
    town.model.keys[build] = Key("", {"publish"}, {what}, set(), False, town.model.day + 1, publisher=build)


def key(town: Town) -> None:
    who, number = town.who, len(town.log)
    rights = set(town.dice.sample(["read", "publish", "publish", "publish", "yank"], k=town.of(1, 2, 3)))
    some = {town.what}
    names, prefixes = town.of((None, set()), (None, set()), (some, set()), (set(), {"anvil"}), (some, {"to"}))
    days, bound = town.of(10, 60), town.of(True, False, False)
    wanted = tokens.Wanted(
        "a token", frozenset(map(Right, rights)), [name(each) for each in names or ()], timedelta(days=days),
        sorted(prefixes), (NETWORK,) if bound else (),
    )  # fmt: skip
    made_key = Key(who, rights, names, prefixes, bound, town.model.day + days)
    held = [each for each in town.secrets if not town.model.keys[each].publisher]
    label, visitor = f"key-{number}", town.visitor(who)
    found: list[Secret] = []
    if held and town.of(True, False):
        parent, visit = town.of(*held), town.of(HOME, HOME, AWAY)
        if names is None:  # what is left out is as in the token that it comes from
            wider = town.model.keys[parent]
            made_key.names, made_key.prefixes = wider.names, wider.prefixes
        expected = town.model.derive(label, parent, made_key, at_home=visit is HOME)
        deed = partial(tokens.derive_token, town.desk, Visitor(visit), town.secrets[parent], wanted)
        told = f"derive {label} of {parent} {made_key}"
    else:
        expected = town.model.mint(label, made_key)
        deed = partial(tokens.create_token, town.desk, visitor, wanted)
        told = f"mint {label} {made_key}"
    if town.agree(told, expected, lambda: found.append(deed()[0])):
        town.secrets[label] = found[0]


def revoke(town: Town) -> None:
    if not town.secrets:
        return
    label = town.of(*town.secrets)
    who = town.of(town.model.keys[label].owner or town.who, town.who)
    with town.vault.reading() as books:
        bearer = books.tokens.bearer_of(town.secrets[label].fingerprint())
    assert bearer is not None
    expected = town.model.revoke(who, label)
    identifier = bearer.token.identifier
    town.agree(
        f"revoke {who} {label}", expected, lambda: tokens.revoke_own_token(town.desk, town.visitor(who), identifier)
    )


def upload(town: Town) -> None:
    if not town.secrets:
        return
    live = [each for each in town.secrets if town.model.keys[each].works(town.model.day, at_home=True)]
    label, visit = town.of(*live, town.of(*town.secrets)), town.of(HOME, HOME, HOME, HOME, AWAY)
    made_key = town.model.keys[label]
    likely = [
        each
        for each in town.model.projects
        if made_key.covers(each) and (made_key.publisher or town.model.may(made_key.owner, each, "publish"))
    ]
    what = town.of(*likely * 3, town.what, f"new-{len(town.log)}" if town.dice.random() < 0.1 else town.what)
    town.numbers[what] = town.numbers.get(what, 0) + 1
    version = f"1.{town.numbers[what]}"
    expected = town.model.upload(label, what, version, at_home=visit is HOME)
    file = made(what, version)
    presented = Presented(town.secrets[label].fingerprint(), visit.source)
    town.agree(
        f"upload {label} {what} {version} {visit.source}",
        expected,
        lambda: publish(town.road, FORMAT, presented, file.offered(), io.BytesIO(file.content)),
    )


def second(town: Town) -> None:
    if not town.model.waiting:
        return
    what = town.of(*town.model.waiting)
    project, version = what.split()
    who = town.doer(project)
    visitor, filename = town.visitor(who), made(project, version).filename
    way = town.of("approve", "approve", "drop")
    expected = getattr(town.model, way)(who, what)
    deed = projects.approve if way == "approve" else projects.decline
    town.agree(f"{way} {who} {what}", expected, lambda: deed(town.bench, visitor, filename))


def release(town: Town) -> None:
    deed: Callable[[], object]
    shown = [each for each, there in town.model.projects.items() if there.versions]
    what = town.of(*shown * 3, town.what)
    who = town.doer(what)
    versions = sorted(town.model.projects[what].versions)
    version = town.of(*versions, "9.9") if versions else "9.9"
    way, visitor = town.of("yank", "yank", "yank", "remove", "end"), town.visitor(who)
    if way == "yank":
        expected, reason = town.model.yank(who, what, version), town.of("", None)
        able = [each for each in town.secrets if "yank" in town.model.keys[each].rights]
        if town.secrets and town.of(True, False):
            who, visit = town.of(*able * 3, *town.secrets), town.of(HOME, HOME, HOME, AWAY)
            expected = town.model.yank_by(who, what, version, at_home=visit is HOME)
            visitor = Visitor(visit, town.secrets[who])
        deed = partial(projects.yank, town.bench, visitor, name(what), version, reason)
    elif way == "remove":
        expected = town.model.remove(who, what, version)
        deed = partial(projects.remove_release, town.bench, visitor, name(what), version)
    else:
        expected = town.model.remove(who, what, "")
        deed = partial(projects.remove_project, town.bench, visitor, name(what), what)
    town.agree(f"{way} {who} {what} {version}", expected, deed)


def read(town: Town) -> None:
    what = town.of(town.what, town.what, town.what, "nothing")
    if town.secrets and town.of(True, False):
        label, visit = town.of(*town.secrets), town.of(HOME, HOME, AWAY)
        expected = town.model.read_by(label, what, at_home=visit is HOME)
        reader, told = Reader(Visitor(visit), town.secrets[label].fingerprint()), f"read {label} {what}"
    else:
        who = town.who
        expected = town.model.read(who, what)
        reader, told = Reader(town.visitor(who)), f"read {who} {what}"
    town.agree(told, expected, lambda: town.room.admit_to(reader, name(what)))


def happen(town: Town) -> None:
    """Something befalls somebody, or days go by."""
    who, way = town.who, town.of("days", "disable", "enable", "enable", "leave")
    if way == "days":
        days = town.of(1, 3, 8)
        town.clock.wait(days=days)
        town.model.day += days
    elif way == "leave":
        if town.dice.random() < 0.5:
            expected = town.model.leave(who)
            town.agree(f"leave {who}", expected, lambda: _leave(town, who))
    elif town.model.people[who] != "gone":
        town.model.people[who] = "disabled" if way == "disable" else "well"
        with town.vault.writing() as books:
            person = books.accounts.account(AccountName(who))
            assert person is not None
            books.accounts.change_account(replace(person, is_disabled=way == "disable"))
    town.log.append(f"{way} {who}")


def _leave(town: Town, who: str) -> None:
    if town.model.people[who] == "disabled":
        raise Refused("no-session", "")  # nobody leaves who is not signed in
    remove_person(town.desk, who, AccountName(who))


DEEDS: dict[Callable[[Town], None], int] = {
    give: 8, take: 6, answer: 12, place: 8, expel: 3, team: 10, empower: 8, govern: 8, lower: 8, show: 4, transfer: 5,
    trust: 5, key: 8, revoke: 2, upload: 22, second: 14, release: 6, read: 10, happen: 3,
}  # fmt: skip
