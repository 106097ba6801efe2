"""`strongroom exercise`: play through an incident at a table, and write down what it showed.

Principles: none
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

Made = TypeVar("Made")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("exercise")
def command() -> None:
    """Play through an incident at a table: injects, a clock, a log of decisions, a report.

    What was found wanting joins the plan: strongroom assess replay ASSESSMENT.json --exercise SCENARIO:LOG.
    """


@command.command("list")
def list_scenarios() -> None:
    """List the scenarios that come with Strongroom."""
    from strongroom.assess.exercise.scenario import shipped

    for each in shipped().values():
        click.echo(f"{each.id:<18} {each.minutes:>3} min, {len(each.injects)} injects: {each.title}")


@command.command("show")
@click.argument("scenario")
def show(scenario: str) -> None:
    """Show a scenario whole, for who prepares it. Players should not read it before."""
    from strongroom.assess.exercise.scenario import load

    found = _usage(lambda: load(scenario))
    click.echo(f"{found.title}\n\n{found.about}\n\nAt the table: {', '.join(found.roles)}. {found.minutes} minutes.\n")
    for objective in found.objectives:
        click.echo(f"{objective.id}  {objective.text} ({', '.join(objective.principles)})")
    for each in found.injects:
        click.echo(f"\n{each.id}  at {each.at} min, {each.kind} to {', '.join(each.to)}\n{each.text}\n{each.ask}")
        for good in each.expect:
            click.echo(f"  - {good}")


@command.command("run")
@click.argument("scenario")
@click.option(
    "--log", "path", type=click.Path(dir_okay=False, path_type=Path), help="The log (default SCENARIO.jsonl)."
)
@click.option("--from", "measured", type=_FILE, help="Draw more injects from the weak points of this assessment.")
@click.option("--actor", default="facilitator", show_default=True, help="Who writes the log.")
def run(scenario: str, path: Path | None, measured: Path | None, actor: str) -> None:
    """Play SCENARIO, one that comes with Strongroom or a YAML file. The same log goes on where it ended."""
    from strongroom.assess.exercise.scenario import load, with_weaknesses
    from strongroom.assess.exercise.table import Table
    from strongroom.assess.store import read_document
    from strongroom.surroundings import RealClocks

    found = _usage(lambda: load(scenario))
    if measured is not None:
        found = with_weaknesses(found, _usage(lambda: read_document(measured)))
    log = path or Path(f"{found.id}.jsonl")

    def hear(prompt: str) -> str | None:
        try:
            return str(click.prompt(prompt, prompt_suffix="", default="", show_default=False))
        except click.Abort:
            return None

    def say(text: str) -> None:
        for line in text.split("\n"):
            click.echo(line if line.startswith(" ") else click.wrap_text(line, 88))

    table = Table(found, log, RealClocks().now, hear, say, actor)
    ended = _usage(table.play)
    again = (
        f"strongroom exercise report {scenario} {log}" if ended else f"strongroom exercise run {scenario} --log {log}"
    )
    click.echo(f"\nThe log is {log}. Next: {again}")


@command.command("report")
@click.argument("scenario")
@click.argument("log", type=_FILE)
@click.option("--from", "measured", type=_FILE, help="The assessment that injects were drawn from.")
def report(scenario: str, log: Path, measured: Path | None) -> None:
    """Write the report after an exercise, as Markdown."""
    from strongroom.assess.exercise.log import read
    from strongroom.assess.exercise.report import after_action
    from strongroom.assess.exercise.scenario import load, with_weaknesses
    from strongroom.assess.store import read_document

    found = _usage(lambda: load(scenario))
    if measured is not None:
        found = with_weaknesses(found, _usage(lambda: read_document(measured)))
    click.echo(after_action(found, _usage(lambda: read(log))), nl=False)


def _usage(make: Callable[[], Made]) -> Made:
    """Return what `make` makes; a ValueError becomes an error of usage."""
    try:
        return make()
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
