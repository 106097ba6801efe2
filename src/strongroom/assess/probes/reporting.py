"""Can a suspicious package be reported: on its page, by API, from the command line? (GEN-2.2)

Principles: GEN-2.2
"""

from typing import Final
from urllib.parse import urljoin, urlsplit

from strongroom.assess import scenes
from strongroom.assess.drivers.operations import Answer, Kind, Op
from strongroom.assess.probing import ControlFailed, Inconclusive, Safety, Verdict, control, met, partly, probe, unmet
from strongroom.assess.stage import Stage

_SAYS: Final = "This is a package of an assessment, reported to see that it can be. It is harmless."


@probe(
    "GEN-2.2a",
    Safety.SANDBOX,
    question="Does the page of a package lead to a form where that package can be reported?",
    yes="The page of a package leads to a form for reporting that package.",
    no="The page of a package leads to no way of reporting it.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH, Op.PROJECT_PAGE, Op.REPORT_BY_PAGE),
)
def package_can_be_reported_on_its_page(stage: Stage) -> Verdict:
    """Publish, read the page, follow its link to the form."""
    owner = scenes.maintainer(stage)
    file = scenes.published(stage, scenes.token_for(stage, owner))
    given = {"project": file.project, "version": file.version}
    page = stage.demand(Op.PROJECT_PAGE, "the package's page could not be read", **given)
    control(file.project in page.text, "the package's page does not name the package")
    answer = stage.perform(Op.REPORT_BY_PAGE, **given)
    if not answer.kind.is_yes and answer.kind is not Kind.MISSING:
        raise ControlFailed(f"the link to report a package could not be read: {answer.kind.value}")
    url = answer.value("url")
    if not url:
        return unmet("the page of a package has no link to report it")
    if url.startswith("mailto:"):
        return partly("the page of a package has an address to write to, and no form")
    address = urljoin(stage.base, url)
    if urlsplit(address).netloc != urlsplit(stage.base).netloc:
        raise Inconclusive(f"the link to report a package leads to another host: {address[:100]}")
    form = stage.perform(Op.FETCH, url=address)
    if form.kind is Kind.MISSING:
        return unmet("the link to report a package leads nowhere")
    if not form.kind.is_yes or "<form" not in form.text.lower() or file.project not in form.text:
        raise Inconclusive(f"behind the link to report a package is no form that names it (status {form.status})")
    return met("the page of a package leads to a form for reporting it")


@probe(
    "GEN-2.2b",
    Safety.SANDBOX,
    question="Can a package be reported from the command line?",
    yes="A command reports a package and gets a ticket.",
    no="There is no command that reports a package.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH, Op.REPORT_BY_COMMAND),
)
def package_can_be_reported_from_the_command_line(stage: Stage) -> Verdict:
    """Report a package of our own by command, and one that is not there."""
    return _reported(stage, Op.REPORT_BY_COMMAND, "by command")


@probe(
    "GEN-2.2c",
    Safety.SANDBOX,
    question="Can a package be reported by API?",
    yes="The API takes a report of a package and gives a ticket.",
    no="The API takes no reports of packages.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH, Op.REPORT_BY_API),
)
def package_can_be_reported_by_api(stage: Stage) -> Verdict:
    """Report a package of our own by API, and one that is not there."""
    return _reported(stage, Op.REPORT_BY_API, "by API")


def _reported(stage: Stage, op: Op, how: str) -> Verdict:
    owner = scenes.maintainer(stage)
    token = scenes.token_for(stage, owner)
    file = scenes.published(stage, token)
    answer = _report(stage, op, token, file.project, file.version)
    if answer.kind in (Kind.MISSING, Kind.UNSUPPORTED):
        return unmet(f"a package that is there could not be reported {how}: {answer.kind.value}")
    control(answer.kind.is_yes, f"a report {how} of a package that is there was not taken: {answer.kind.value}")
    if not answer.value("ticket"):
        raise Inconclusive(f"a report {how} was taken without a ticket, so nothing shows that anybody will read it")
    nothing = _report(stage, op, token, stage.project("absent"), "1.0")
    if nothing.kind.is_yes:
        raise Inconclusive(f"a report {how} of a package that does not exist was taken too")
    return met(f"a report {how} was taken and has the ticket {answer.value('ticket')[:40]}")


def _report(stage: Stage, op: Op, token: str, project: str, version: str) -> Answer:
    return stage.perform(op, token=token, project=project, version=version, says=_SAYS)
