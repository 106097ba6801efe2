"""`strongroom assess`: measure a repository against the principles.

Principles: none
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from strongroom.assess.document import Assessment
    from strongroom.assess.session import Wish

EXIT_GATE, EXIT_USAGE, EXIT_INCOMPLETE, EXIT_UNSAFE = 1, 2, 3, 4


class UrlByDefault(click.Group):
    """A group whose first word, when it is no command, is the address to be assessed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the hidden command in front of an address, or of an option."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["url", *args]
        return super().parse_args(ctx, args)


@click.group("assess", cls=UrlByDefault)
def command() -> None:
    """Measure a package repository against the principles: strongroom assess URL.

    Nothing but reading is done unless you ask for more, and more than reading is only done to a repository that is
    shown to be yours.
    """


@command.command("url", hidden=True)
@click.argument("url")
@click.option("--active", is_flag=True, help="Try it too: make throw-away people and packages, and remove them.")
@click.option("--irreversible", is_flag=True, help="Also what cannot be undone, where a nonce allows it.")
@click.option("--negative", is_flag=True, help="Also send what must be refused and changes nothing.")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Its data folder.")
@click.option("--driver", default="auto", show_default=True, help="Which product it is.")
@click.option("--only", multiple=True, help="Only this probe, clause, principle or track; repeat for several.")
@click.option("--floor", type=click.Choice(["attested", "documented", "observed"]), default="attested")
@click.option("-f", "--format", "formats", default="", help="Reports to write, with commas between them.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for the reports.")
@click.option("--run", default="", help="Name of the run, as the nonce file has it.")
@click.pass_context
def url_command(ctx: click.Context, /, url: str, formats: str, output: Path | None, **asked: object) -> None:
    """Assess the repository at URL."""
    from strongroom.assess.consent import NotAllowed
    from strongroom.assess.reports import VIEWS
    from strongroom.assess.session import World, assess_target, real_client
    from strongroom.surroundings import RealChance, RealClocks

    chance = RealChance()
    wish = _wish(url, asked, chance.text(6), output)
    with real_client() as client:
        try:
            assessment = assess_target(wish, World(RealClocks(), chance, client, _tell))
        except NotAllowed as no:
            raise click.ClickException(str(no)) from None
    for name in filter(None, formats.split(",")):
        text = VIEWS[name].make(assessment)
        if output is None:
            click.echo(text, nl=False)
        else:
            (output / VIEWS[name].filename).write_text(text, "utf-8")
    ctx.exit(exit_code(assessment))


def _wish(url: str, asked: dict[str, object], run: str, output: Path | None) -> "Wish":
    from strongroom.assess.consent import is_loopback
    from strongroom.assess.probing import Safety
    from strongroom.assess.session import Wish
    from strongroom.principles.catalogue import Grade

    safety = Safety.REFUSED if asked["negative"] else Safety.PASSIVE
    data = asked["data"] if isinstance(asked["data"], Path) else None
    if asked["active"]:
        own = data is not None or is_loopback(url)
        safety = Safety.IRREVERSIBLE if own or asked["irreversible"] else Safety.SANDBOX
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    only = asked["only"] if isinstance(asked["only"], tuple) else ()
    return Wish(
        url=url if url.endswith("/") else url + "/",
        run=str(asked["run"]) or run,
        safety=safety,
        data=data,
        driver=str(asked["driver"]),
        only=frozenset(map(str, only)),
        folder=output,
        floor=Grade.of(str(asked["floor"])),
    )


def _tell(finding: object, done: int, of: int) -> None:
    click.echo(f"\r\x1b[K{done}/{of} {getattr(finding, 'probe', '')}", nl=False, err=True)


def exit_code(assessment: "Assessment") -> int:
    """Return 4 after a safety abort or when things were left behind, 3 when incomplete, else 0."""
    if assessment.circumstances.aborted or assessment.circumstances.left:
        return EXIT_UNSAFE
    return EXIT_INCOMPLETE if assessment.troubles else 0
