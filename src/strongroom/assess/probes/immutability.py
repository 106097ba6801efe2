"""Does a published version stay what it was? (GEN-2.1)

Principles: GEN-2.1
"""

from typing import Final

from strongroom.assess import scenes
from strongroom.assess.artefacts import sdist, wheel
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Stage

CACHED_SECONDS: Final = 10.0


@probe(
    "GEN-2.1a",
    Safety.SANDBOX,
    question="Can the owner of a package replace the bytes or the metadata of a version that is published?",
    yes="Neither the bytes nor the metadata of a published version can be changed.",
    no="A published version was changed after its publication.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH),
)
def published_version_is_never_replaced(stage: Stage) -> Verdict:
    """Publish, then send other bytes under the same name and other metadata, and read what readers get."""
    owner = scenes.maintainer(stage)
    token = scenes.token_for(stage, owner)
    first = scenes.published(stage, token, body="first = True\n")
    other = wheel(first.project, first.version, body="second = True\n")
    answer = stage.publish(token, other)
    if answer.kind.is_yes:  # what readers get may, for a while, come from a cache that still has the first
        stage.wait_until(lambda: stage.served(first.project, first.filename) != first.content, CACHED_SECONDS, 2.0)
    served = stage.served(first.project, first.filename)
    if served == other.content:
        return unmet(f"other bytes under the name {first.filename} were taken and are served")
    control(served == first.content, "after the second upload readers get neither the first bytes nor the second")
    if stage.target.can(Op.REWRITE_METADATA) and stage.target.can(Op.SUMMARY):
        changed = "Rewritten after publication."
        before = stage.demand(Op.SUMMARY, "the summary could not be read", project=first.project, version=first.version)
        stage.perform(Op.REWRITE_METADATA, token=token, project=first.project, version=first.version, summary=changed)
        after = stage.demand(Op.SUMMARY, "the summary could not be read", project=first.project, version=first.version)
        if after.value("summary") == changed != before.value("summary"):
            return unmet("the metadata of a published version was rewritten by sending it again")
    return met(f"other bytes under the same name: {answer.kind.value}; readers still get the first")


@probe(
    "GEN-2.1b",
    Safety.IRREVERSIBLE,
    question="Can a version that was removed come back as other bytes, from its owner or from anybody else?",
    yes="A removed version never comes back, under no file name, by nobody.",
    no="A removed version came back with other bytes.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH, Op.REMOVE_VERSION),
)
def removed_version_never_comes_back(stage: Stage) -> Verdict:
    """Remove a release, see that it is gone, publish it again: its owner, as another file, somebody else."""
    owner, other = scenes.maintainer(stage, "o"), scenes.maintainer(stage, "x")
    mine, theirs = scenes.token_for(stage, owner), scenes.token_for(stage, other)
    first = scenes.published(stage, mine, body="first = True\n")
    stage.demand(
        Op.REMOVE_VERSION, "the release could not be removed", token=mine, project=first.project, version=first.version
    )
    control(stage.served(first.project, first.filename) is None, "the removed release is still served")
    again = wheel(first.project, first.version, body="second = True\n")
    for who, token, file in (
        ("its owner", mine, again),
        ("its owner, as another file", mine, sdist(first.project, first.version)),
        ("somebody else", theirs, again),
    ):
        stage.publish(token, file)
        if stage.served(file.project, file.filename) == file.content:
            return unmet(f"after removal {who} published {file.filename} again, and it is served")
    scenes.published(stage, mine, project=first.project, version="2.0")  # the owner may still publish what is new
    return met("after removal neither its owner nor somebody else could publish that version again")
