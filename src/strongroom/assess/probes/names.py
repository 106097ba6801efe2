"""Can somebody take a name that looks like one that is known? (GEN-1.2)

Principles: GEN-1.2
"""

from collections.abc import Iterable
from typing import Final

from strongroom.assess import scenes
from strongroom.assess.artefacts import wheel
from strongroom.assess.drivers.operations import Kind, Op
from strongroom.assess.probing import Inconclusive, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Stage

# Letters that can be mistaken, and separators and case that many do not notice.
KNOWN: Final = "-solid-tool"
CONFUSABLE: Final = {
    "without its separators": "solidtool",
    "with other separators": "_solid.tool",
    "in other case": "-Solid-Tool",
    "with 0 for o": "-s0lid-t00l",
    "with 1 for l": "-so1id-too1",
}
NEAR: Final = {
    "with two letters exchanged": "-soild-tool",
    "without a letter": "-solid-tol",
    "with one more": "-solid-tools",
}


@probe(
    "GEN-1.2a",
    Safety.SANDBOX,
    question="Can somebody else register a name that is confusable with, or near to, one that is known, unnoticed?",
    yes="Confusable names are refused or flagged, and so are near names of popular packages.",
    no="A confusable or near name was registered by somebody else, and nobody was told.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH),
    requests=120,
)
def names_that_look_alike_are_noticed(stage: Stage) -> Verdict:
    """Publish a name, and let somebody else try what looks like it; mark it popular, and let them try near names."""
    owner, other = scenes.maintainer(stage, "o"), scenes.maintainer(stage, "x")
    mine, theirs = scenes.token_for(stage, owner), scenes.token_for(stage, other)
    known = scenes.published(stage, mine, project=stage.project(KNOWN)).project
    scenes.published(stage, theirs, project=stage.project("-wide-river"))
    unnoticed = [how for how, label in CONFUSABLE.items() if _is_unnoticed(stage, theirs, known, label)]
    if unnoticed:
        return unmet(f"somebody else registered {known} {_listed(unnoticed)}, and nobody was told")
    if not stage.target.can(Op.MARK_POPULAR):
        raise Inconclusive(
            "confusable names are noticed; no package can be marked popular, so near names were not tried"
        )
    stage.demand(Op.MARK_POPULAR, "the operator could not mark a package popular", project=known)
    near = [how for how, label in NEAR.items() if _is_unnoticed(stage, theirs, known, label)]
    if near and not stage.target.can(Op.FLAGGED_NAMES):
        raise Inconclusive(
            f"names near to a popular one were taken {_listed(near)}; whether anybody was told is not seen"
        )
    if near:
        return unmet(f"somebody else registered the popular {known} {_listed(near)}, and nobody was told")
    scenes.published(stage, theirs, project=stage.project("-tall-tree"))
    return met(f"of {len(CONFUSABLE)} confusable and {len(NEAR)} near names of {known} none could be taken unnoticed")


def _is_unnoticed(stage: Stage, token: str, known: str, label: str) -> bool:
    """Report whether a name that looks like a known one could be registered, and waits for nobody's look."""
    name = known.removesuffix(KNOWN) + label
    file = wheel(name, "2.0")
    answer = stage.publish(token, file)
    if answer.kind.is_no or answer.kind is Kind.HELD:
        return False
    control(answer.kind.is_yes, f"whether the name {name} may be taken is not clear: {answer.kind.value}")
    # What is another spelling of the known package's own name is no other name.
    if stage.served(known, file.filename) == file.content or stage.served(name, file.filename) != file.content:
        return False
    if not stage.target.can(Op.FLAGGED_NAMES):
        return True
    names = stage.demand(Op.FLAGGED_NAMES, "the names that wait for a look could not be read").values.get("names")
    control(isinstance(names, list), "the names that wait for a look are no list")
    return name not in (names or [])


def _listed(hows: Iterable[str]) -> str:
    return ", ".join(hows)
