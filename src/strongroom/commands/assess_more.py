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
    from strongroom.assess.store import Store
    from strongroom.commands.assess import address_of
    from strongroom.surroundings import state_folder

    runs = list(Store(state_folder() / "assess").kept(address_of(url)))
    for kept in runs:
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
@click.option("--exercise", "exercises", multiple=True, metavar="SCENARIO:LOG", help="Add what an exercise showed.")
@click.pass_context
def replay(
    ctx: click.Context,
    /,
    document: Path,
    formats: str,
    output: Path | None,
    budget: str,
    exercises: tuple[str, ...],
) -> None:
    """Evaluate a kept assessment again, and write its reports, without touching the target."""
    from strongroom.assess.reporting import Demands, report_of
    from strongroom.assess.run import every_probe
    from strongroom.assess.store import read_document
    from strongroom.commands.assess import chosen_views, parse_days, write

    try:
        kept = read_document(document)
        extra = tuple(item for each in exercises for item in _items_of(each))
        demands = Demands({}, budget_days=parse_days(budget), extra=extra)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    report = report_of(kept, demands, every_probe(), kept.circumstances.ended.date())
    write(chosen_views(formats, output), report, output)
    ctx.exit(int(report.verdict.exit))


def _items_of(named: str) -> Any:
    """Return what the exercise `SCENARIO:LOG` adds to the plan; ValueError when there is no such exercise."""
    from strongroom.assess.exercise.log import items, read
    from strongroom.assess.exercise.scenario import load

    scenario, _, log = named.rpartition(":")
    if not scenario or not Path(log).is_file():
        raise ValueError(f"{named!r} is no exercise, as in toolchain:toolchain.jsonl")
    return items(load(scenario), read(Path(log)))


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


@click.command("compare")
@click.argument("registries", nargs=-1)
@click.option("--principle", "ids", multiple=True, help="Only this principle; repeat for several.")
@click.option("--with", "measured", type=_FILE, help="An assessment of your own, in a column of its own.")
@click.option("--full", is_flag=True, help="Say what each claim rests on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def compare(
    registries: tuple[str, ...], ids: tuple[str, ...], measured: Path | None, full: bool, as_json: bool
) -> None:
    """Show what is claimed of thirteen public registries: dated claims with sources, nothing that was seen here."""
    from dataclasses import asdict

    from strongroom.assess.registries import chosen, in_full, table
    from strongroom.assess.store import read_document

    try:
        found = chosen(registries, [_spelled(id) for id in ids])
        kept = read_document(measured) if measured else None
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    seen = {p.principle.id: p.state.value[:8] for t in kept.tracks for p in t.principles} if kept else None
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=1, ensure_ascii=False))
    else:
        click.echo(in_full(found) if full else table(found, seen), nl=False)


@click.command("questionnaire")
@click.argument("target", metavar="URL|ASSESSMENT.json")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the sheet to this file.")
def questionnaire(target: str, output: Path | None) -> None:
    """Ask what the probes left open, the lowest level first.

    On a terminal each question is asked; otherwise, and with -o, the sheet is written to be filled in. Give the
    answers back with: strongroom assess URL --answers FILE.
    """
    import sys

    from strongroom.assess.questionnaire import sheet

    kept = _newest_or_file(target)
    if output is None and sys.stdin.isatty() and sys.stdout.isatty():
        output = Path(click.prompt("Keep the answers in", default="answers.yaml"))
        text = _interview(kept)
    else:
        text = sheet(kept)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        click.echo(f"Written to {output}. Measure with: strongroom assess {kept.circumstances.url} --answers {output}")


def _newest_or_file(target: str) -> Any:
    from strongroom.assess.store import Store, read_document
    from strongroom.commands.assess import address_of
    from strongroom.surroundings import state_folder

    if not target.startswith(("http://", "https://")):
        try:
            return read_document(Path(target))
        except (ValueError, OSError) as wrong:
            raise click.UsageError(str(wrong)) from None
    kept = Store(state_folder() / "assess").newest(address_of(target))
    if kept is None:
        raise click.UsageError(f"nothing is known of {target} yet; measure it first: strongroom assess {target}")
    return kept


def _interview(kept: Any) -> str:
    """Ask each open question on the terminal, and return the filled-in sheet."""
    from strongroom.assess.questionnaire import Says, as_yaml, open_questions

    by = {"name": click.prompt("Your name"), "role": click.prompt("Your role")}
    by["date"] = kept.circumstances.ended.date().isoformat()
    answers = []
    click.echo("Answer yes, partly, no or unknown; an empty answer is unknown, and q ends.")
    for each in open_questions(kept):
        click.echo(f"\n{each.id}  {each.text}")
        said = click.prompt("  Is it so", type=click.Choice([*Says, "q"]), default="unknown", show_choices=False)
        if said == "q":
            break
        if said != Says.UNKNOWN:
            url = click.prompt("  On which page can it be read", default="", show_default=False)
            quote = click.prompt("  In which words, as they stand there", default="", show_default=False) if url else ""
            note = click.prompt("  What else is to be said", default="", show_default=False)
            answers.append({"clause": each.id, "answer": str(said), "url": url, "quote": quote, "note": note})
    return as_yaml({"by": by, "answers": answers})


MORE: Final[tuple[Any, ...]] = (explain, diff, history, replay, cleanup, compare, questionnaire)
