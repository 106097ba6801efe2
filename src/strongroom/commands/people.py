"""`strongroom admin user …`: what the operator does with accounts on the machine itself.

Principles: AUTHN-1.1, AUTHN-1.2, AUTHN-3.2
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.commands.options import ACTOR, common, opened, say
from strongroom.kernel.refusals import Refused

if TYPE_CHECKING:
    from strongroom.people.desk import Desk
    from strongroom.repository import Repository


@contextmanager
def desk(data: Path | None, config: Path | None) -> "Iterator[tuple[Repository, Desk]]":
    """Open the repository and its desk for one command."""
    with opened(data, config) as repository:
        from strongroom.authn.passwords import Argon2
        from strongroom.household import desk_of

        yield repository, desk_of(repository, Argon2(), is_beside=True)


@click.command("invite")
@click.argument("address")
@click.option("--no-mail", is_flag=True, help="Only print the link: you hand it over yourself.")
@common
def invite_command(address: str, no_mail: bool, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Invite somebody to register, by mail; the link is printed too, to be handed over in another way."""
    from strongroom.people.registration import invite

    with desk(data, config) as (_, there):
        link = f"{there.site_url}register/{invite(there, ACTOR, address, by_mail=not no_mail).reveal()}"
    say(as_json, {"invited": address, "link": link}, f"Invited {address}, for seven days:\n  {link}")


@click.command("list")
@click.argument("words", required=False, default="")
@common
def list_command(words: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """List accounts whose name or address holds WORDS."""
    from strongroom.authn.assurance import strength_held

    with desk(data, config) as (repository, there), repository.vault.reading() as books:
        for account in books.accounts.accounts(words, 1000):
            strength = strength_held(account, there.clock()).words
            marks = [
                *(["administrator"] if account.is_administrator else []),
                *(["disabled"] if account.is_disabled else []),
                *([] if account.email_verified else ["address not verified"]),
            ]
            facts: dict[str, object] = {
                "user": str(account.name),
                "email": account.email,
                "strength": strength,
                "marks": marks,
            }
            say(as_json, facts, f"{account.name!s:24} {account.email:32} {strength:28} {', '.join(marks)}")


@click.command("disable")
@click.argument("name")
@click.option("--reason", default="", help="Why; the owner reads it.")
@common
def disable_command(name: str, reason: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Disable an account: its sessions and tokens end."""
    _set_disabled(name, data, config, is_disabled=True, reason=reason)
    say(as_json, {"disabled": name}, f"{name} is disabled.")


@click.command("enable")
@click.argument("name")
@common
def enable_command(name: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Enable an account again."""
    _set_disabled(name, data, config, is_disabled=False, reason="")
    say(as_json, {"enabled": name}, f"{name} is enabled again.")


def _set_disabled(name: str, data: Path | None, config: Path | None, *, is_disabled: bool, reason: str) -> None:
    from strongroom.authn.accounts import parse_account_name
    from strongroom.people.administration import set_disabled

    with desk(data, config) as (repository, there), repository.vault.writing() as books:
        set_disabled(there, books, ACTOR, parse_account_name(name), is_disabled=is_disabled, reason=reason)


@click.command("administrator")
@click.argument("name")
@click.option("--take", is_flag=True, help="Take administration away.")
@common
def administrator_command(name: str, take: bool, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Give somebody administration, or take it; whoever gets it has a second factor."""
    from strongroom.authn.accounts import parse_account_name
    from strongroom.people.administration import set_administrator

    with desk(data, config) as (repository, there), repository.vault.writing() as books:
        set_administrator(there, books, ACTOR, parse_account_name(name), is_administrator=not take)
    say(as_json, {"user": name, "administrator": not take}, f"{name} {'no longer ' * take}administers the repository.")


@click.command("sessions")
@click.argument("name")
@click.option("--end", is_flag=True, help="End them all, and forget the devices.")
@common
def sessions_command(name: str, end: bool, data: Path | None, config: Path | None, as_json: bool) -> None:
    """List somebody's sessions, or end them all."""
    from strongroom.authn.accounts import parse_account_name
    from strongroom.kernel.events import Event
    from strongroom.people.desk import record

    owner = parse_account_name(name)
    with desk(data, config) as (repository, there), repository.vault.writing() as books:
        if books.accounts.account(owner) is None:
            raise Refused("no-such-account", f"There is no account named {owner}.")
        for each in books.sessions.sessions_of(owner):
            facts: dict[str, object] = {"id": each.identifier, "source": each.source, "agent": each.agent}
            say(as_json, facts, f"{each.identifier}  {each.created:%Y-%m-%d %H:%M}  {each.source:24} {each.agent}")
        if end:
            many = books.sessions.end_sessions_of(owner)
            books.sessions.forget_devices_of(owner)
            record(there, books, Event.SESSION_ENDED, ACTOR, owner, by=ACTOR, others=many)
            say(as_json, {"ended": many}, f"{many} ended.")


COMMANDS = (
    invite_command,
    list_command,
    disable_command,
    enable_command,
    administrator_command,
    sessions_command,
)
