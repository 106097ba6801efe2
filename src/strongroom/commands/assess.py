"""`strongroom assess`: measure a repository against the principles.

Principles: none
"""

import shlex
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from strongroom.commands.assess_more import MORE

if TYPE_CHECKING:
    from strongroom.assess.probing import Finding
    from strongroom.assess.questionnaire import Answers
    from strongroom.assess.reporting import Demands
    from strongroom.assess.session import Wish

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


class UrlByDefault(click.Group):
    """A group whose first word, when it is no command, is the address to be assessed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the hidden command in front of an address, or of an option."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["url", *args]
        return super().parse_args(ctx, args)


@click.group("assess", cls=UrlByDefault, subcommand_metavar="URL [OPTIONS] | COMMAND [ARGS]...")
def command() -> None:
    """Measure a package repository against the principles: strongroom assess URL.

    Nothing but reading is done unless you ask for more, and what changes something is only done to a repository that
    is shown to be yours. All options of a measurement: strongroom assess url --help.
    """


for each in MORE:
    command.add_command(each)


@command.command("url", hidden=True)
@click.argument("url", required=False)
@click.option("--clients", "only_clients", is_flag=True, help="Try the installers on this machine; no URL is needed.")
@click.option("--active", is_flag=True, help="Try it too: make throw-away people and packages, and remove them.")
@click.option("--irreversible", is_flag=True, help="Also what cannot be undone, where a nonce allows it.")
@click.option("--negative", is_flag=True, help="Also send what must be refused and changes nothing.")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Its data folder.")
@click.option("--driver", default="auto", show_default=True, help="Which product it is.")
@click.option("--driver-command", default="", metavar="CMD", help="A driver of your own (docs/assess-drivers.md).")
@click.option("--account", multiple=True, metavar="NAME:PASSWORD", help="A person there; repeat, for several roles.")
@click.option(
    "--document", multiple=True, metavar="CLAUSE=URL", help="A page that speaks of a clause, as GEN-2.1c=URL."
)
@click.option(
    "--patience",
    default=0,
    type=click.IntRange(0, 86_400),
    metavar="SECONDS",
    help="Wait so long for what should die by itself.",
)
@click.option(
    "--mail-port",
    default=0,
    type=click.IntRange(0, 65_535),
    metavar="PORT",
    help="Take its mail on this port of loopback.",
)
@click.option("--mail-domain", default="strongroom-probe.invalid", show_default=True, help="Where its people get mail.")
@click.option("--only", multiple=True, help="Only this probe, clause, principle or track; repeat for several.")
@click.option("--floor", type=click.Choice(["attested", "documented", "observed"]), default="attested")
@click.option("--min", "minimum", multiple=True, metavar="TRACK=LEVEL", help="Fail below this: authn, authz, gen, cli.")
@click.option("--fail-on", multiple=True, type=click.Choice(["regression", "conflict", "stale"]), help="Fail on this.")
@click.option("--baseline", type=_FILE, help="Compare with this assessment (default: the last one of this target).")
@click.option("--annotations", type=_FILE, help="What you say beside the measurement (YAML).")
@click.option("--answers", type=_FILE, help="A filled-in sheet of `assess questionnaire` (YAML).")
@click.option("--budget", default="", metavar="DAYS", help="Show what so many days of work reach, as in 20d.")
@click.option("--sign-off", default="", metavar="NAME", help="Who answers for this assessment.")
@click.option("-f", "--format", "formats", default="", help="Reports, with commas between them.")
@click.option("-o", "--output", type=_FOLDER, help="Folder for the reports.")
@click.option("--run", default="", help="Name of the run, as the nonce file has it.")
@click.pass_context
def url_command(
    ctx: click.Context, /, url: str | None, only_clients: bool, formats: str, output: Path | None, **asked: Any
) -> None:
    """Assess the repository at URL."""
    if only_clients:
        ctx.exit(try_clients(as_json=formats == "json"))
    if url is None:
        raise click.UsageError("say the address of a repository, or --clients")
    from strongroom.assess.consent import NotAllowed
    from strongroom.assess.reporting import report_of
    from strongroom.assess.run import every_probe
    from strongroom.assess.session import World, assess_target, real_client
    from strongroom.assess.store import Store
    from strongroom.surroundings import RealChance, RealClocks, environment, state_folder

    clocks, chance = RealClocks(), RealChance()
    views = chosen_views(formats, output)
    url = address_of(url)
    store = Store(state_folder() / "assess")
    demands = demands_of(asked, store, url, clocks.now().date())
    name = asked["run"] or chance.text(6)
    folder = store.open_run(url, name, clocks.now())
    with real_client() as client, interrupts(name):
        try:
            run = assess_target(
                wish_of(url, name, asked, folder, clocks.now().date()),
                World(clocks, chance, client, environment(), tell),
            )
        except NotAllowed as no:
            raise click.UsageError(str(no)) from None
    store.keep(folder, run.assessment)
    report = report_of(run.assessment, demands, every_probe(), clocks.now().date(), run.exchanges)
    write(views, report, output)
    ctx.exit(int(report.verdict.exit))


def address_of(text: str) -> str:
    """Return the address of a target as it is kept and asked for; UsageError when it is none."""
    from strongroom.assess.consent import parse_address

    try:
        return parse_address(text)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


@contextmanager
def interrupts(run: str) -> Iterator[None]:
    """Have Ctrl-C and SIGTERM end the run, and not its clean-up; a second one ends that too. Exit code 3 then."""

    def first(signum: int, frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.default_int_handler)
        click.echo("\nInterrupted: what the run has made is taken away now. Once more leaves it there.", err=True)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, first) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"What the run has made is taken away by: strongroom assess cleanup {run}", err=True)
        raise click.exceptions.Exit(3) from None
    finally:
        for each, old in before.items():
            signal.signal(each, old)


def try_clients(*, as_json: bool) -> int:
    """Try each installer on this machine and show what it does; return the exit code, 3 when a probe could not tell."""
    import json

    from strongroom.assess.clients.bench import Clients
    from strongroom.assess.clients.specification import shipped
    from strongroom.assess.clients.trial import plain, table, trials
    from strongroom.assess.probing import Finding, Outcome
    from strongroom.assess.run import every_probe
    from strongroom.surroundings import RealChance, RealClocks, environment

    found: dict[str, list[Finding]] = {}
    here = Clients(tuple(shipped()), environment()).here()
    for client, finding in trials(here, every_probe(), RealClocks(), RealChance()):
        found.setdefault(client.title, []).append(finding)
        tell(finding, len(found[client.title]), 6)
    click.echo(json.dumps(plain(found), indent=1, ensure_ascii=False) if as_json else table(found))
    settled = (Outcome.MET, Outcome.PARTLY, Outcome.UNMET)
    return 0 if found and all(f.outcome in settled for each in found.values() for f in each) else 3


def chosen_views(formats: str, output: Path | None) -> list[str]:
    """Return the names of the views to write; UsageError when one is none, or several are to go to one terminal."""
    from strongroom.assess.reports import VIEWS

    names = [name.strip() for name in formats.split(",") if name.strip()] or ["terminal"]
    for name in names:
        if name not in VIEWS:
            raise click.UsageError(f"there is no report {name}; there are {', '.join(VIEWS)}")
    if len(names) > 1 and output is None:
        raise click.UsageError("several reports need a folder: -o DIR")
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    return names


def write(names: list[str], report: Any, output: Path | None) -> None:
    """Write views to their files, or the only one to the terminal; the terminal's own is shown in any case."""
    from strongroom.assess.reports import VIEWS

    for name in names:
        text = VIEWS[name].make(report)
        if output is None:
            click.echo(text, nl=False)
        else:
            (output / VIEWS[name].filename).write_text(click.unstyle(text), "utf-8")
    if output is not None:
        click.echo(VIEWS["terminal"].make(report), nl=False)
        click.echo(f"Reports are in {output}.", err=True)


def wish_of(url: str, run: str, asked: dict[str, Any], folder: Path, today: date) -> "Wish":
    """Return what the options ask of the run."""
    from strongroom.assess.consent import is_loopback
    from strongroom.assess.probing import Safety
    from strongroom.assess.run import require_known
    from strongroom.assess.session import Wish
    from strongroom.principles.catalogue import Grade

    try:
        only = require_known(asked["only"])
    except ValueError as wrong:
        raise click.BadParameter(str(wrong), param_hint="--only") from None
    safety = Safety.REFUSED if asked["negative"] else Safety.PASSIVE
    if asked["active"]:
        own = asked["data"] is not None or is_loopback(url)
        safety = Safety.IRREVERSIBLE if own or asked["irreversible"] else Safety.SANDBOX
    return Wish(
        url=url,
        run=run,
        safety=safety,
        data=asked["data"],
        driver=asked["driver"],
        driver_command=tuple(shlex.split(asked["driver_command"])),
        only=only,
        folder=folder,
        floor=Grade.of(asked["floor"]),
        accounts=tuple(map(parse_account, asked["account"])),
        patience_seconds=float(asked["patience"]),
        mail_port=asked["mail_port"],
        mail_domain=asked["mail_domain"],
        documents=parse_documents(asked["document"]),
        answers=answers_of(asked["answers"], today),
    )


def answers_of(path: Path | None, today: date) -> "Answers | None":
    """Return the answers of a filled-in sheet, None without one; UsageError when it is not whole."""
    from strongroom.assess.questionnaire import parse_answers

    try:
        return parse_answers(path.read_text("utf-8"), today) if path else None
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


def parse_account(text: str) -> tuple[str, str]:
    """Return the name and the password of `NAME:PASSWORD`; BadParameter when it is none."""
    name, colon, password = text.partition(":")
    if not (name and colon and password):
        raise click.BadParameter("an account is NAME:PASSWORD", param_hint="--account")
    return name, password


def parse_documents(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each clause of `CLAUSE=URL`; BadParameter when one is none."""
    from strongroom.principles.catalogue import clause

    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        id, _, url = text.partition("=")
        try:
            clause(id)
        except KeyError:
            raise click.BadParameter(f"there is no clause {id!r}", param_hint="--document") from None
        if not url.startswith(("https://", "http://", "/")):
            raise click.BadParameter(f"{url!r} is no address", param_hint="--document")
        found[id] = (*found.get(id, ()), url)
    return found


def demands_of(asked: dict[str, Any], store: Any, url: str, today: date) -> "Demands":
    """Return what the options ask of the report; UsageError when a file or a number is wrong."""
    from strongroom.assess.annotations import parse_annotations
    from strongroom.assess.gate import FailOn, parse_minimum
    from strongroom.assess.reporting import Demands
    from strongroom.assess.store import read_document

    try:
        text = asked["annotations"].read_text("utf-8") if asked["annotations"] else ""
        return Demands(
            minimum=dict(map(parse_minimum, asked["minimum"])),
            fail_on=frozenset(map(FailOn, asked["fail_on"])),
            annotations=parse_annotations(text, today),
            baseline=read_document(asked["baseline"]) if asked["baseline"] else store.newest(url),
            budget_days=parse_days(asked["budget"]),
            signed_off_by=asked["sign_off"],
        )
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


def parse_days(text: str) -> int | None:
    """Return the days of `20d` or `20`, None for nothing; ValueError when it is no number of days."""
    digits = text.removesuffix("d")
    if not text:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) > 5:
        raise ValueError(f"{text!r} is no number of days, as in 20d")
    return int(digits)


def tell(finding: "Finding", done: int, of: int) -> None:
    """Show how far the run has come, on a terminal in one line."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{'' if done == of else f'{done} of {of}: {finding.probe}'}", nl=False, err=True)
    else:
        click.echo(f"{done}/{of} {finding.clause} {finding.probe}: {finding.outcome.value}", err=True)
