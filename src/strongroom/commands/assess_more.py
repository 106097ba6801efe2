"""What else `strongroom assess` does: explain, compare two runs, tell a target's history, clean up after a run.

Principles: none
"""

import json
from pathlib import Path
from typing import Any, Final

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("explain")
@click.argument("id", required=False)
@click.option("--all", "everything", is_flag=True, help="Every principle.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def explain(id: str | None, everything: bool, as_json: bool) -> None:
    """Say what a principle or a clause asks, how it is looked at, and what to do about it."""
    from strongroom.assess.explanation import as_text, explained
    from strongroom.principles.catalogue import principles

    if everything == (id is not None):
        raise click.UsageError("name one principle or clause, as in AUTHN-2.4, or say --all")
    wanted = [each.id for each in principles()] if id is None else [_spelled(id)]
    try:
        found = [explained(each) for each in wanted]
    except KeyError:
        raise click.UsageError(f"there is no principle {id}; `strongroom assess explain --all` has them all") from None
    if as_json:
        click.echo(json.dumps(found if everything else found[0], indent=1, ensure_ascii=False))
    else:
        click.echo("\n\n".join(map(as_text, found)))


def _spelled(id: str) -> str:
    """Return an id as the catalogue has it: `gen-2.1.B` is GEN-2.1b."""
    head, dot, tail = id.upper().rpartition(".")
    return f"{head}{tail.lower()}" if tail.isalpha() else f"{head}{dot}{tail.lower()}"


@click.command("diff")
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_context
def diff(ctx: click.Context, /, before: Path, after: Path, as_json: bool) -> None:
    """Say what changed from one assessment to another, regressions first; exit code 1 when there is one."""
    from strongroom.assess.comparison import differences, regressions
    from strongroom.assess.store import read_document

    try:
        found = differences(read_document(before), read_document(after))
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    if as_json:
        plain = [
            {"clause": d.clause, "change": d.change, "before": d.before, "after": d.after, "says": d.says}
            for d in found
        ]
        click.echo(json.dumps(plain, indent=1, ensure_ascii=False))
    else:
        for each in found:
            click.echo(f"{each.clause:<10} {each.change.value}: {each.before.value} → {each.after.value}. {each.says}")
        click.echo("Nothing changed." if not found else f"{len(found)} clauses changed.")
    ctx.exit(1 if regressions(found) else 0)


@click.command("history")
@click.argument("url")
def history(url: str) -> None:
    """List the runs that are kept of a target, the newest first, a level for each track."""
    from strongroom.assess.store import DOCUMENT, Store, read_document
    from strongroom.surroundings import state_folder

    store = Store(state_folder() / "assess")
    runs = list(store.runs(url if url.endswith("/") else url + "/"))
    for path in runs:
        kept = read_document(path / DOCUMENT)
        levels = "  ".join(f"{t.track.value} {'–' if t.confirmed is None else t.confirmed}" for t in kept.tracks)
        told = kept.circumstances
        whole = "" if not kept.troubles else "  (incomplete)"
        click.echo(f"{told.ended:%Y-%m-%d %H:%M}  {told.run:<8} {levels}{whole}")
    if not runs:
        click.echo("No run of this target is kept.")


@click.command("replay")
@click.argument("document", type=_FILE)
@click.option("-f", "--format", "formats", default="", help="Reports, with commas between them.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder for the reports.")
@click.option("--budget", default="", metavar="DAYS", help="Show what so many days of work reach, as in 20d.")
@click.pass_context
def replay(ctx: click.Context, /, document: Path, formats: str, output: Path | None, budget: str) -> None:
    """Evaluate a kept assessment again, and write its reports, without touching the target."""
    from strongroom.assess.reporting import Demands, report_of
    from strongroom.assess.run import every_probe
    from strongroom.assess.store import read_document
    from strongroom.commands.assess import chosen_views, parse_days, write

    try:
        kept = read_document(document)
        demands = Demands({}, budget_days=parse_days(budget))
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    report = report_of(kept, demands, every_probe(), kept.circumstances.ended.date())
    write(chosen_views(formats, output), report, output)
    ctx.exit(int(report.verdict.exit))


@click.command("cleanup")
@click.argument("run")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Its data folder.")
@click.pass_context
def cleanup(ctx: click.Context, /, run: str, data: Path | None) -> None:
    """Take away what a run left behind on its target, by its journal; exit code 4 when something stays."""
    from strongroom.assess.session import World, clean_up_after, real_client
    from strongroom.assess.store import Store
    from strongroom.surroundings import RealChance, RealClocks, state_folder

    try:
        folder = Store(state_folder() / "assess").find(run)
        with real_client() as client:
            left = clean_up_after(folder, World(RealClocks(), RealChance(), client), data)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    for each in left:
        click.echo(f"Still there: {each}")
    click.echo(f"{len(left)} things are left." if left else "Nothing is left.")
    ctx.exit(4 if left else 0)


MORE: Final[tuple[Any, ...]] = (explain, diff, history, replay, cleanup)
