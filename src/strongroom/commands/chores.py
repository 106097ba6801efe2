"""`strongroom admin …`: breach lists, critical projects, vouchers, letters, chores.

Principles: AUTHN-1.4, AUTHN-2.1, AUTHN-2.3, AUTHN-2.4, AUTHN-3.3
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import click

from strongroom.commands.options import ACTOR, common, load_settings, say
from strongroom.commands.people import desk
from strongroom.kernel.refusals import Refused

_LONGEST_LINE = 64 * 1024


@click.group("breaches")
def breaches() -> None:
    """The list of leaked passwords that new ones are held against."""


@breaches.command("import")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--common", "only_common", is_flag=True, help="Import the passwords that guessers try first, no more.")
@common
def breaches_import(
    file: IO[bytes] | None, only_common: bool, data: Path | None, config: Path | None, as_json: bool
) -> None:
    """Import a list of SHA-1 hashes, a line each, `HASH` or `HASH:COUNT`, in place of the one there was.

    An imported list answers alone: the service of the settings is not asked any more.
    """
    from strongroom.household import BREACHES
    from strongroom.outbound.breach_files import common_passwords, digest_lines, import_list

    if (file is None) is not only_common:
        raise click.UsageError("say a FILE (- for standard input), or --common")
    folder = load_settings(config, data=data).data / BREACHES
    lines: Iterable[bytes] = file if file is not None else digest_lines(common_passwords())
    many = import_list(lines, folder)
    say(as_json, {"passwords": many}, f"{many} leaked passwords are known by hash.")


@breaches.command("add")
@common
def breaches_add(data: Path | None, config: Path | None, as_json: bool) -> None:
    """Add one password, read from standard input, to what has leaked."""
    from strongroom.household import BREACHES
    from strongroom.outbound.breach_files import add

    password = sys.stdin.readline(5000).rstrip("\r\n")
    if not password:
        raise click.UsageError("the password comes on standard input")
    add(password, load_settings(config, data=data).data / BREACHES)
    say(as_json, {"added": True}, "It counts as leaked from now on.")


@click.group("critical")
def critical() -> None:
    """Critical projects, whose maintainers sign in with what cannot be phished."""


@critical.command("list")
@common
def critical_list(data: Path | None, config: Path | None, as_json: bool) -> None:
    """List the critical projects, why they are, and since when it is enforced."""
    with desk(data, config) as (repository, _), repository.vault.reading() as books:
        for each in books.critical.critical():
            facts: dict[str, object] = {
                "project": each.project,
                "reason": each.reason,
                "enforced": each.enforced.isoformat(),
            }
            say(as_json, facts, f"{each.project:40} {each.reason:32} enforced from {each.enforced:%Y-%m-%d}")


@critical.command("add")
@click.argument("name")
@click.option("--now", "at_once", is_flag=True, help="Enforce it at once, instead of in 30 days.")
@common
def critical_add(name: str, at_once: bool, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Make a project critical."""
    from strongroom.people.criticality import name_critical

    with desk(data, config) as (repository, there):
        name_critical(there, ACTOR, repository.format.parse_name(name), at_once=at_once)
    say(as_json, {"critical": name}, f"{name} is critical{', from now on' if at_once else '; enforced in 30 days'}.")


@critical.command("remove")
@click.argument("name")
@common
def critical_remove(name: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Take your word back; what the rule makes critical is so again tomorrow."""
    from strongroom.people.criticality import name_uncritical

    with desk(data, config) as (repository, there):
        name_uncritical(there, ACTOR, repository.format.parse_name(name))
    say(as_json, {"uncritical": name}, f"{name} is no longer critical.")


@click.group("vouchers")
def vouchers() -> None:
    """Codes for which a maker sends a security key; maintainers of critical projects claim one each."""


@vouchers.command("add")
@common
def vouchers_add(data: Path | None, config: Path | None, as_json: bool) -> None:
    """Add codes, one a line, read from standard input."""
    codes = [line.strip() for line in sys.stdin if line.strip()]
    if any(not re.fullmatch(r"[!-~]{4,200}", code) for code in codes):
        raise Refused("bad-request", "A code is a word of 4 to 200 characters.")
    with desk(data, config) as (repository, _), repository.vault.writing() as books:
        many = books.factors.add_vouchers(codes)
    say(as_json, {"added": many}, f"{many} vouchers added.")


@vouchers.command("list")
@common
def vouchers_list(data: Path | None, config: Path | None, as_json: bool) -> None:
    """List the vouchers, and who has which."""
    with desk(data, config) as (repository, _), repository.vault.reading() as books:
        for each in books.factors.vouchers():
            owner = str(each.account) if each.account else ""
            say(as_json, {"code": each.code, "user": owner}, f"{each.code:32} {owner or 'not given yet'}")


@click.command("letters")
@common
def letters_command(data: Path | None, config: Path | None, as_json: bool) -> None:
    """Say how many letters wait, how many were given up, and where letters go."""
    with desk(data, config) as (repository, _), repository.vault.reading() as books:
        waiting, given_up = books.letters.queue()
        mail = repository.settings.mail
        where = f"{mail.host}:{mail.port}" if mail.host else f"the folder {repository.settings.data / 'outbox'}"
    facts: dict[str, object] = {"waiting": waiting, "given_up": given_up, "to": where}
    say(as_json, facts, f"{waiting} letters wait, {given_up} were given up. They go to {where}.")


@click.command("chores")
@click.option("--nameserver", "nameservers", multiple=True, help="Resolver to ask about domains, as IP or IP:PORT.")
@click.option("--rdap", default="", help="Address of the RDAP bootstrap file to use.")
@common
def chores_command(
    nameservers: tuple[str, ...], rdap: str, data: Path | None, config: Path | None, as_json: bool
) -> None:
    """Do now what is otherwise done by the clock: domains, critical projects, tokens that end, leftovers."""
    from strongroom.household import chores_of, watch_of
    from strongroom.people.domains import check_domains
    from strongroom.people.routine import run_due

    with desk(data, config) as (repository, there):
        watch = watch_of(repository.settings, nameservers, rdap)
        chores = chores_of(repository, there, lambda: watch)
        others = [chore for chore in chores if chore.name != "domains"]
        done = run_due(there, others, all_now=True)
        lost = check_domains(there, watch, all_now=True)
    facts: dict[str, object] = {"done": [*done, "domains"], "addresses_lost": lost}
    say(as_json, facts, f"Done: {', '.join([*done, 'domains'])}. {lost} addresses lost their verification.")


@click.command("downloads")
@click.argument("file", type=click.File("r", errors="replace"))
@common
def downloads_command(file: IO[str], data: Path | None, config: Path | None, as_json: bool) -> None:
    """Count downloads from the access log of a web server in front, for today: run it once for each log.

    A line counts when it answers `GET /packages/…/FILE` with 200.
    """
    from strongroom.people.criticality import count_downloads

    line = re.compile(r'"GET [^ "]*/packages/[0-9a-f/]+/([^/ "?]{1,255}) HTTP/[0-9.]+" 200 ')
    counts: Counter[str] = Counter()
    while text := file.readline(_LONGEST_LINE):
        if (found := line.search(text)) and not found[1].endswith(".metadata"):
            counts[found[1]] += 1
    with desk(data, config) as (_, there):
        count_downloads(there, counts)
    say(as_json, {"downloads": counts.total()}, f"{counts.total()} downloads counted.")


COMMANDS = (breaches, critical, vouchers, letters_command, chores_command, downloads_command)
