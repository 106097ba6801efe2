"""What do the installers do? Asked of every client that the repository names (CLI-1.1 to CLI-3.3).

A clause is met when one of the named clients meets it: people can choose that one. What each does is told.

Principles: CLI-1.1, CLI-2.1, CLI-3.1, CLI-3.2, CLI-3.3
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from strongroom.assess.artefacts import Artefact, wheel
from strongroom.assess.clients.bench import Bench, Client, Ran, bench
from strongroom.assess.clients.components import complete
from strongroom.assess.clients.lying_index import advisory, pinned
from strongroom.assess.clients.specification import Verb
from strongroom.assess.probing import (
    ControlFailed,
    Inconclusive,
    Outcome,
    Safety,
    Verdict,
    control,
    met,
    partly,
    probe,
    unmet,
)
from strongroom.assess.stage import Stage

NAME = "srprobe-client"
ADVISORY = "SRPROBE-2026-0001"


def best_of(stage: Stage, needs: tuple[Verb, ...], one: Callable[[Bench], Verdict]) -> Verdict:
    """Return the best verdict of the clients under test, told with every client's own.

    A client that is documented to lack a verb does not meet the clause.

    Raises Inconclusive when there is no client, or when none is better than unknown and one is unknown.
    """
    clients: list[Client] = stage.tool("clients").here()
    if not clients:
        raise Inconclusive("none of the clients that the repository names is on this machine")
    found = [_tried(client, needs, one) for client in clients]
    told = "; ".join(f"{client.title}: {verdict.saw}" for client, verdict in zip(clients, found, strict=True))
    for outcome in (Outcome.MET, Outcome.PARTLY, Outcome.INCONCLUSIVE, Outcome.UNMET):
        if any(verdict.outcome is outcome for verdict in found):
            if outcome is Outcome.INCONCLUSIVE:
                raise Inconclusive(told)
            return Verdict(outcome, told)
    raise Inconclusive(told)


def _tried(client: Client, needs: tuple[Verb, ...], one: Callable[[Bench], Verdict]) -> Verdict:
    for verb in needs:
        if not client.can(verb):
            why = client.specification.lacks.get(verb)
            return unmet(why) if why else Verdict(Outcome.INCONCLUSIVE, f"nobody has said how it does {verb}")
    try:
        with bench(client) as place:
            return one(place)
    except ControlFailed as failed:
        return Verdict(Outcome.INCONCLUSIVE, f"control failed: {failed}")


def _version(number: str, body: str = "") -> Artefact:
    return wheel(NAME, number, body=body or f"version = {number!r}\n")


def _hashed(place: Bench, text: str, name: str) -> tuple[Ran, str | None]:
    target = place.target(name)
    requirements = place.folder / f"{name}.txt"
    requirements.write_text(text, "utf-8")
    ran = place.client.run(
        Verb.INSTALL_HASHED, index=place.index.simple, target=str(target), requirements=str(requirements)
    )
    return ran, place.installed(target, NAME)


@probe(
    "CLI-1.1a",
    Safety.PASSIVE,
    question="Does the client install other bytes than those whose hash is pinned, when the index lies consistently?",
    yes="Other bytes than the pinned ones are refused, and nothing is installed.",
    no="Other bytes than the pinned ones were installed, or the client cannot pin.",
    requests=0,
    seconds=180,
)
def other_bytes_than_the_pinned_are_refused(stage: Stage) -> Verdict:
    """Install by hash from an honest index, then from one whose page and file agree on other bytes."""

    def one(place: Bench) -> Verdict:
        good, evil = _version("1.0", "honest = True\n"), _version("1.0", "honest = False\n")
        place.index.serve(good)
        ran, text = _hashed(place, pinned(good), "good")
        control(ran.worked and text == "honest = True\n", f"the pinned bytes were not installed: {ran.said[-200:]}")
        place.index.serve(evil)
        ran, text = _hashed(place, pinned(good), "evil")
        if text is not None:
            return unmet("other bytes than the pinned were installed")
        return unmet("refused them, and said that it worked") if ran.worked else met("refuses other bytes")

    return best_of(stage, (Verb.INSTALL_HASHED,), one)


@probe(
    "CLI-1.1b",
    Safety.PASSIVE,
    question="Does the client keep to the version that a lock pins when a newer one is there?",
    yes="The locked version is installed although a newer one is offered.",
    no="Another version than the locked one was installed, or the client has no lock.",
    requests=0,
    seconds=180,
)
def locked_version_is_kept(stage: Stage) -> Verdict:
    """Install without a pin (the newest must come), then from a lock of the older version."""

    def one(place: Bench) -> Verdict:
        old, new = _version("1.0"), _version("2.0")
        place.index.serve(old, new)
        target = place.target("free")
        ran = place.client.run(Verb.INSTALL, index=place.index.simple, target=str(target), requirement=NAME)
        text = place.installed(target, NAME)
        control(ran.worked and text == "version = '2.0'\n", f"without a pin the newest was not installed: {text}")
        # Both digests are allowed, so that nothing but the version keeps the newer one out.
        both = f"{NAME}==1.0 --hash=sha256:{old.sha256} --hash=sha256:{new.sha256}\n"
        ran, text = _hashed(place, both, "locked")
        control(ran.worked, f"installing from the lock failed: {ran.said[-200:]}")
        return (
            met("keeps to the lock") if text == "version = '1.0'\n" else unmet(f"installed {text} from a lock of 1.0")
        )

    return best_of(stage, (Verb.INSTALL, Verb.INSTALL_HASHED), one)


def _warned(place: Bench) -> None:
    place.index.serve(_version("1.0"), _version("1.1"), _version("2.0"))
    place.index.advisories = {ADVISORY: advisory(ADVISORY, NAME, ["1.0"], "1.1", f"{NAME.replace('-', '_')}.danger")}


def _project(place: Bench, body: str = "import srprobe_client\n", pin: str = "==1.0") -> Path:
    project = place.target("project")
    (project / "pyproject.toml").write_text(
        f'[project]\nname = "srprobe-app"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["{NAME}{pin}"]\n',
        "utf-8",
    )
    (project / "app.py").write_text(body, "utf-8")
    return project


@probe(
    "CLI-2.1a",
    Safety.PASSIVE,
    question="Does installing a version with a known vulnerability warn before it lands?",
    yes="Installing a vulnerable version warns of it.",
    no="A vulnerable version was installed without a word, and no audit knows of it either.",
    requests=0,
    seconds=300,
)
def installing_what_is_vulnerable_warns(stage: Stage) -> Verdict:
    """Install a version that an advisory names; when nothing is said, see whether an audit apart says it."""

    def one(place: Bench) -> Verdict:
        _warned(place)
        target = place.target("watched")
        ran = place.client.run(
            Verb.INSTALL_WATCHED, index=place.index.simple, target=str(target), requirement=f"{NAME}==1.0",
            advisories=place.index.url,
        )  # fmt: skip
        if ADVISORY in ran.said:
            return met("warns when it installs")
        control(ran.worked and place.installed(target, NAME), f"the version was not installed: {ran.said[-200:]}")
        if not place.client.can(Verb.AUDIT):
            return unmet("installs without a word, and has no audit")
        return (
            partly("installs without a word; its audit, run apart, warns")
            if _audited(place)
            else unmet("installs without a word, and its audit does not know the advisory")
        )

    return best_of(stage, (Verb.INSTALL_WATCHED,), one)


def _audited(place: Bench) -> bool:
    project = _project(place)
    if place.client.can(Verb.LOCK):
        locked = place.client.run(Verb.LOCK, project=str(project), index=place.index.simple)
        control(locked.worked, f"the project could not be locked: {locked.said[-200:]}")
    ran = place.client.run(
        Verb.AUDIT, project=str(project), index=place.index.simple, advisories=place.index.url
    )  # fmt: skip
    _require_whole(ran, "audit")
    return ADVISORY in ran.said


def _require_whole(ran: Ran, what: str) -> None:
    """Raise ControlFailed when a client broke: what came of it is neither its yes (exit code 0) nor its no (1)."""
    control(ran.code in (0, 1) and "Traceback (most recent call last)" not in ran.said, f"{what}: {ran.said[-200:]}")


@probe(
    "CLI-3.1a",
    Safety.PASSIVE,
    question="Does the client write a list of components, in CycloneDX and SPDX, that is complete against the lock?",
    yes="CycloneDX and SPDX are written, well-formed, and name every locked component.",
    no="No list of components can be written, or one lacks a locked component.",
    requests=0,
    seconds=300,
)
def components_are_listed(stage: Stage) -> Verdict:
    """Lock a project, write both lists, and compare each with what is locked."""

    def one(place: Bench) -> Verdict:
        place.index.serve(_version("1.0"))
        project = _project(place)
        if place.client.can(Verb.LOCK):
            locked = place.client.run(Verb.LOCK, project=str(project), index=place.index.simple)
            control(locked.worked, f"the project could not be locked: {locked.said[-200:]}")
        formats = [v for v in (Verb.SBOM_CYCLONEDX, Verb.SBOM_SPDX) if place.client.can(v)]
        if not formats:
            return unmet(place.client.specification.lacks.get(Verb.SBOM_CYCLONEDX, "writes no list of components"))
        for verb in formats:
            out = place.folder / f"{verb}.json"
            ran = place.client.run(verb, project=str(project), index=place.index.simple, out=str(out))
            _require_whole(ran, verb)
            if not ran.worked or not complete(_json(out), {(NAME, "1.0")}):
                return unmet(f"its {verb} is not complete: {ran.said[-200:]}")
        return met("writes both, complete") if len(formats) == 2 else partly(f"writes {formats[0]} only, complete")

    return best_of(stage, (), one)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


@probe(
    "CLI-3.2a",
    Safety.PASSIVE,
    question="Does the client move a vulnerable pin to the nearest fixed version, and lock again?",
    yes="A vulnerable pin is moved to the nearest version that is fixed and resolves.",
    no="A vulnerable pin stays, or moves to a version that is not the nearest fixed one.",
    requests=0,
    seconds=300,
)
def vulnerable_pins_are_mended(stage: Stage) -> Verdict:
    """Lock a vulnerable version, let the client mend it, and read which version the lock has then."""

    def one(place: Bench) -> Verdict:
        _warned(place)
        project = _project(place)
        locked = place.client.run(Verb.LOCK, project=str(project), index=place.index.simple)
        control(locked.worked and "1.0" in _locks(project), f"1.0 was not locked: {locked.said[-200:]}")
        given = {"project": str(project), "index": place.index.simple, "advisories": place.index.url}
        ran = place.client.run(Verb.FIX, **given)
        _require_whole(ran, "fix")
        versions = _locks(project)
        if "1.1" in versions and "1.0" not in versions:
            return met("moves the pin to the nearest fixed version")
        return unmet(f"the lock has {', '.join(sorted(versions)) or 'nothing'} afterwards: {ran.said[-200:]}")

    return best_of(stage, (Verb.LOCK, Verb.FIX), one)


def _locks(project: Path) -> set[str]:
    """Return which of the versions that the index offers a project's lock files name."""
    texts = [path.read_text("utf-8") for path in project.iterdir() if "lock" in path.name or path.suffix == ".txt"]
    return {v for v in ("1.0", "1.1", "2.0") for text in texts if f'"{v}"' in text or f"=={v}" in text}


@probe(
    "CLI-3.3a",
    Safety.PASSIVE,
    question="Does the client tell a vulnerable function that is reached from one that is not?",
    yes="The project that calls the vulnerable function is named, the one that does not is not.",
    no="A reached function and one that is not are told alike, or nothing is told.",
    requests=0,
    seconds=300,
)
def reached_functions_are_told_from_others(stage: Stage) -> Verdict:
    """Show the client two projects: one calls the function that the advisory names, one does not."""

    def one(place: Bench) -> Verdict:
        told: dict[bool, bool] = {}
        for calls in (True, False):
            body = "import srprobe_client\n\n" + (
                "srprobe_client.danger()\n" if calls else "srprobe_client.harmless()\n"
            )
            with bench(place.client) as inner:
                inner.index.serve(_version("1.0", "def danger():\n    pass\n\n\ndef harmless():\n    pass\n"))
                inner.index.advisories = {ADVISORY: advisory(ADVISORY, NAME, ["1.0"], "1.1", "srprobe_client.danger")}
                project = _project(inner, body)
                given = {"project": str(project), "index": inner.index.simple, "advisories": inner.index.url}
                ran = inner.client.run(Verb.REACH, **given)
                _require_whole(ran, "reach")
                told[calls] = ADVISORY in ran.said
        if told[True] and not told[False]:
            return met("tells what is reached from what is not")
        return unmet("names both alike" if told[True] else "does not name the reached function")

    return best_of(stage, (Verb.REACH,), one)
