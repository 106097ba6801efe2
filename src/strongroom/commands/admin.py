"""`strongroom admin`: look after a repository, also while it is being served.

Principles: AUTHN-1.1, AUTHN-3.2, AUTHZ-1.1, GEN-2.1
"""

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.commands.batch import batch_command
from strongroom.commands.builds import COMMANDS as BUILDS
from strongroom.commands.care import backup_command, fsck_command, restore_command
from strongroom.commands.chores import COMMANDS as CHORES
from strongroom.commands.leaks import command as reporters
from strongroom.commands.options import ACTOR, common, opened, say
from strongroom.commands.people import COMMANDS as PEOPLE
from strongroom.commands.projects import COMMANDS as PROJECTS
from strongroom.kernel.refusals import Refused

if TYPE_CHECKING:
    from strongroom.authz.tokens import Token


@click.group("admin")
def command() -> None:
    """Look after a repository: people, tokens, files, checks, copies.

    The same data folder may be served at the same time.
    """


for care in (fsck_command, backup_command, restore_command, batch_command, reporters, *BUILDS, *CHORES, *PROJECTS):
    command.add_command(care)


@command.group("user")
def user() -> None:
    """People."""


for each in PEOPLE:
    user.add_command(each)


@user.command("add")
@click.argument("name")
@click.option("--email", required=True, help="Address of the person; you vouch for it.")
@click.option("--administrator", is_flag=True, help="Let the person administer the repository.")
@common
def user_add(name: str, email: str, administrator: bool, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Add a maintainer who satisfies the second-factor rule, and print what they need, once."""
    from strongroom import settings
    from strongroom.authn.accounts import parse_account_name, parse_email
    from strongroom.authn.passwords import new_password
    from strongroom.authz.roles import Right
    from strongroom.people.registry import Newcomer, add_person, add_token, new_totp_secret

    with opened(data, config, may_make=True) as repository:
        registry = repository.registry()
        password = new_password(settings.random_bytes(20))
        newcomer = Newcomer(parse_account_name(name), parse_email(email), password, new_totp_secret(registry))
        add_person(registry, ACTOR, newcomer, administrator=administrator)
        rights = frozenset({Right.PUBLISH, Right.YANK})
        token, kept = add_token(registry, ACTOR, newcomer.name, rights, None)
    facts: dict[str, object] = {
        "user": str(newcomer.name),
        "password": password.reveal(),
        "totp_secret": newcomer.totp.reveal(),
        "token": token.reveal(),
        "token_expires": kept.expires.isoformat(),
    }
    lines = "\n".join(f"  {key:14}{value}" for key, value in facts.items())
    say(as_json, facts, f"Added {newcomer.name}. This is shown once:\n{lines}")


@user.command("remove")
@click.argument("name")
@common
def user_remove(name: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Remove a person: their tokens die, and their name is never given to anybody else."""
    from strongroom.authn.accounts import parse_account_name
    from strongroom.people.registry import remove_person

    with opened(data, config) as repository:
        remove_person(repository.registry(), ACTOR, parse_account_name(name))
    say(as_json, {"removed": name}, f"Removed {name}. What they published stays; their tokens do not work any more.")


@command.group("token")
def token() -> None:
    """Tokens."""


@token.command("add")
@click.option("--user", "name", required=True, help="Whose token it is.")
@click.option(
    "--project",
    "projects",
    multiple=True,
    help="Project it is for; acme-* for all that begin so; repeat; none: all.",
)
@click.option(
    "--right",
    "rights",
    multiple=True,
    required=True,
    type=click.Choice(["read", "publish", "yank"]),
    help="What it may do; repeat.",
)
@click.option("--network", "places", multiple=True, help="Where it works from, as 192.0.2.0/24; none: anywhere.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 365), help="How long it lives.")
@common
def token_add(
    name: str,
    projects: tuple[str, ...],
    rights: tuple[str, ...],
    places: tuple[str, ...],
    days: int,
    data: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Make a token, narrow as you like, and print it, once."""
    from strongroom.authn.accounts import parse_account_name
    from strongroom.authz.roles import Right
    from strongroom.authz.tokens import facts_of, parse_networks, parse_projects
    from strongroom.people.registry import add_token

    with opened(data, config) as repository:
        named, prefixes = parse_projects(projects, repository.format.parse_name)
        secret, kept = add_token(
            repository.registry(),
            ACTOR,
            parse_account_name(name),
            frozenset(Right(right) for right in rights),
            named if projects else None,
            timedelta(days=days),
            prefixes,
            parse_networks(places),
        )
    said = f"{secret.reveal()}\n(identifier {kept.identifier}, expires {kept.expires:%Y-%m-%d}; shown once)"
    say(as_json, {"token": secret.reveal(), **facts_of(kept)}, said)


@token.command("list")
@click.option("--user", "name", required=True, help="Whose tokens.")
@common
def token_list(name: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """List a person's tokens; the secrets are not kept, so they cannot be shown."""
    from strongroom.authn.accounts import parse_account_name
    from strongroom.authz.tokens import facts_of

    with opened(data, config) as repository, repository.vault.reading() as books:
        owner = parse_account_name(name)
        if books.accounts.account(owner) is None:
            raise Refused("no-such-account", f"There is no account named {owner}.")
        tokens = books.tokens.tokens_of(owner)
    for kept in tokens:
        say(as_json, facts_of(kept), _told(kept))


def _told(kept: "Token") -> str:
    """Return in a line what one judges a token by."""
    from strongroom.authz.tokens import scope_of

    scope = "every project of its owner's, and new ones" if kept.projects is None else ", ".join(scope_of(kept))
    parts = (
        kept.identifier,
        kept.label or "without a name",
        f"may {', '.join(sorted(kept.rights))} in {scope or 'nothing'}",
        f"from {', '.join(kept.networks) or 'anywhere'}",
        f"made out of {kept.parent}" if kept.parent else "",
        f"revoked {kept.revoked:%Y-%m-%d}" if kept.revoked else f"expires {kept.expires:%Y-%m-%d}",
        f"last used {kept.last_used:%Y-%m-%d}" if kept.last_used else "never used",
    )
    return "; ".join(part for part in parts if part)


@token.command("revoke")
@click.argument("identifier")
@common
def token_revoke(identifier: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Revoke a token by its identifier, at once."""
    from strongroom.people.registry import revoke_token

    with opened(data, config) as repository:
        revoke_token(repository.registry(), ACTOR, identifier)
    say(as_json, {"revoked": identifier}, f"Revoked {identifier}.")


@command.command("remove")
@click.argument("what", metavar="FILE|NAME[==VERSION]")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def remove(what: str, yes: bool, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Remove a file, a release, or everything of a project. What was removed never comes back under its name."""
    from strongroom.packages.removal import remove_file, remove_project, remove_release

    if not yes and sys.stdin.isatty():
        click.confirm(f"Remove {what}? Its name and version are never used again", abort=True)
    with opened(data, config) as repository:
        cellar, format = repository.cellar(), repository.format
        if _is_file(what):
            remove_file(cellar, format, ACTOR, what)
        else:
            name, _, version = what.partition("==")
            if version:
                remove_release(cellar, format, ACTOR, format.parse_name(name), version)
            else:
                remove_project(cellar, format, ACTOR, format.parse_name(name))
    say(as_json, {"removed": what}, f"Removed {what}.")


@command.command("yank")
@click.argument("what", metavar="FILE|NAME==VERSION")
@click.option("--reason", default="", help="Why, in a line; installers show it.")
@common
def yank(what: str, reason: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Yank a release or one file: still there for who pins it, chosen by nobody else (PEP 592)."""
    _yank(data, config, what, reason)
    say(as_json, {"yanked": what, "reason": reason}, f"Yanked {what}.")


@command.command("unyank")
@click.argument("what", metavar="FILE|NAME==VERSION")
@common
def unyank(what: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Take a yank back."""
    _yank(data, config, what, None)
    say(as_json, {"unyanked": what}, f"{what} is no longer yanked.")


@command.command("status")
@click.argument("name")
@click.argument("status", type=click.Choice(["active", "archived", "quarantined", "deprecated"]))
@click.option("--reason", default="", help="Why, in a line; shown on the project's page.")
@common
def status(name: str, status: str, reason: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Set the state of a project (PEP 792)."""
    from strongroom.kernel.records import Status
    from strongroom.packages.yanking import set_status

    with opened(data, config) as repository:
        set_status(repository.cellar(), ACTOR, repository.format.parse_name(name), Status(status), reason)
    say(as_json, {"project": name, "status": status}, f"{name} is {status} now.")


def _yank(data: Path | None, config: Path | None, what: str, reason: str | None) -> None:
    from strongroom.packages.yanking import yank_file, yank_release

    with opened(data, config) as repository:
        if _is_file(what):
            yank_file(repository.cellar(), ACTOR, what, reason)
            return
        name, _, version = what.partition("==")
        if not version:
            raise Refused("no-such-release", "Say which version: NAME==VERSION, or the name of a file.")
        format = repository.format
        yank_release(repository.cellar(), format, ACTOR, format.parse_name(name), version, reason)


def _is_file(what: str) -> bool:
    return what.endswith((".whl", ".tar.gz", ".zip"))
