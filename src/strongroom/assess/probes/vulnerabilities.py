"""Does a page warn of what is known of the package and of its dependencies? (GEN-2.4)

Principles: GEN-2.4
"""

from datetime import UTC, datetime
from typing import Any, Final

from strongroom.assess import osv, scenes
from strongroom.assess.artefacts import Artefact, wheel
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Inconclusive, Outcome, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Stage
from strongroom.principles.catalogue import Grade

SHOWN_SECONDS: Final = 30.0
# Old releases of packages that most repositories hold, each with vulnerabilities that everybody knows.
VULNERABLE: Final = (
    ("jinja2", "2.10"),
    ("urllib3", "1.24.1"),
    ("requests", "2.19.1"),
    ("pyyaml", "5.3"),
    ("django", "2.2"),
)
_TO_TRY: Final = (Op.PUBLISH, Op.FILES, Op.FETCH, Op.PROJECT_PAGE, Op.ADD_ADVISORY)


@probe(
    "GEN-2.4a",
    Safety.PASSIVE,
    question="Does the page of a vulnerable release, and of one that depends on it, warn of the vulnerability?",
    yes="The page of a vulnerable release warns of it, and so does the page of a release that depends on it.",
    no="A vulnerability that the repository knows is not on the page.",
    seconds=180.0,
)
def pages_warn_of_vulnerabilities(stage: Stage) -> Verdict:
    """Where the run may, make up a vulnerability and read the pages; else read those of releases with known ones."""
    if stage.leave >= Safety.IRREVERSIBLE and all(map(stage.target.can, _TO_TRY)):
        return _tried(stage)
    if all(map(stage.target.can, (Op.PROJECT_PAGE, Op.VULNERABILITIES))) and (seen := _looked_at(stage)):
        return seen
    if lacking := stage.target.lacks(Op.ADD_ADVISORY) or stage.target.lacks(Op.VULNERABILITIES):
        return Verdict(Outcome.UNMET, lacking, Grade.DOCUMENTED)
    raise Inconclusive(
        "no release was found here that the repository knows a vulnerability of, and none may be made up"
    )


def _looked_at(stage: Stage) -> Verdict | None:
    """Conclude from the first well-known vulnerable release that is here and that the repository knows to be one."""
    for project, version in VULNERABLE:
        known = stage.perform(Op.VULNERABILITIES, project=project, version=version)
        ids = ids_in(known.values.get("vulnerabilities")) if known.kind.is_yes else set()
        if not ids:
            continue
        page = stage.demand(
            Op.PROJECT_PAGE, "the page of a release could not be read", project=project, version=version
        )
        control(project in page.text.lower(), f"the page of {project} {version} does not name it")
        if not any(id in page.text for id in ids):
            return unmet(
                f"the repository knows {min(ids)[:40]} of {project} {version}, and its page shows no vulnerability"
            )
        raise Inconclusive(f"the page of {project} {version} warns; whether dependencies are warned of was not tried")
    return None


def ids_in(found: Any) -> set[str]:
    """Return the ids and aliases in a list of vulnerabilities, which are ids themselves or have some."""
    ids: set[str] = set()
    for each in found if isinstance(found, list) else []:
        said = each if isinstance(each, dict) else {"id": each}
        aliases = said.get("aliases")
        ids |= {str(id) for id in [said.get("id"), *(aliases if isinstance(aliases, list) else [])] if id}
    return ids


def _tried(stage: Stage) -> Verdict:
    """Publish a release and one that needs it, let the operator know of a vulnerability, and read both pages."""
    owner = scenes.maintainer(stage)
    token = scenes.token_for(stage, owner)
    weak = scenes.published(stage, token, project=stage.project("weak"))
    needing = wheel(stage.project("needing"), "1.0", requires=(f"{weak.project}==1.0",))
    stage.must_publish(token, needing)
    id = f"STRONGROOM-{stage.prefix}{stage.chance.text(6)}"
    control(not _warns(stage, weak, id), "the page speaks of a vulnerability that nobody knows yet")
    _tell(stage, id, weak)
    try:
        if not stage.wait_until(lambda: _warns(stage, weak, id), SHOWN_SECONDS, every=2.0):
            return unmet(f"the page of a vulnerable release does not warn of it{_known(stage, weak, id)}")
        if not stage.wait_until(lambda: _warns(stage, needing, id), SHOWN_SECONDS, every=2.0):
            return unmet("the page of a release that depends on a vulnerable one does not warn of it")
    finally:
        _tell(stage, id, weak, withdrawn=True)
    return met("the pages of a vulnerable release and of one that depends on it warn of the vulnerability")


def _tell(stage: Stage, id: str, weak: Artefact, *, withdrawn: bool = False) -> None:
    moment = datetime.fromtimestamp(stage.clock(), UTC)
    says = "A vulnerability that an assessment made up."
    found = osv.record(id, weak.project, [weak.version], "PyPI", moment, says=says, withdrawn=withdrawn)
    stage.demand(Op.ADD_ADVISORY, "the operator could not add an advisory", record=found)
    if stage.target.can(Op.RUN_JOBS):
        stage.perform(Op.RUN_JOBS)


def _warns(stage: Stage, file: Artefact, id: str) -> bool:
    saw = "the page of a release could not be read"
    return id in stage.demand(Op.PROJECT_PAGE, saw, project=file.project, version=file.version).text


def _known(stage: Stage, file: Artefact, id: str) -> str:
    """Return what else shows that the repository knows of the vulnerability; empty when nothing does."""
    if not stage.target.can(Op.VULNERABILITIES):
        return ""
    found: Any = stage.perform(Op.VULNERABILITIES, project=file.project, version=file.version)
    return ", though its JSON does" if id in str(found.values.get("vulnerabilities")) else ""
