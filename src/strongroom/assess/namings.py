"""Which page speaks of a clause, and who says so.

A human who runs the assessment may say it, or the repository itself, in its self-description or its security.txt.
A page that was merely found where such pages often are is a proposal, and no more.

Principles: none
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from strongroom.assess.documents import Document, library_of
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Inconclusive, Outcome, Verdict, control
from strongroom.assess.security_txt import ADDRESS as SECURITY_TXT
from strongroom.assess.security_txt import SecurityTxt, parse_security_txt
from strongroom.assess.self_description import ADDRESS, SelfDescription, parse_self_description
from strongroom.assess.stage import Stage
from strongroom.principles.catalogue import Grade


@dataclass(frozen=True, slots=True)
class Naming:
    """One address, and who says that it speaks of the clause: nobody, where such pages often merely are."""

    url: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a page must say to speak of a clause.

    Each of `says` must be found for the page to count at all; each of `whole` as well for the clause to be met, else it
    is met in part, `lacks` saying in what. `often_at` are addresses where such pages often are.
    """

    clause: str
    about: str
    says: tuple[re.Pattern[str], ...]
    whole: tuple[re.Pattern[str], ...] = ()
    lacks: str = ""
    often_at: tuple[str, ...] = ()


_NO_DESCRIPTION: Final = "the repository has no self-description"


def self_description(stage: Stage) -> SelfDescription:
    """Return what the repository says of itself; ValueError says why there is nothing."""
    reply = library_of(stage).reply(stage.wire, ADDRESS)
    if reply is None or reply.status != 200:
        raise ValueError(_NO_DESCRIPTION)
    stage.exchanges.append(reply.number)
    return parse_self_description(reply.body)


def security_txt(stage: Stage) -> SecurityTxt:
    """Return the repository's security.txt; ValueError says why there is none."""
    reply = library_of(stage).reply(stage.wire, SECURITY_TXT)
    if reply is None or reply.status != 200:
        raise ValueError(f"there is no {SECURITY_TXT}" + (f" (status {reply.status})" if reply else ""))
    stage.exchanges.append(reply.number)
    # "It MUST have a Content-Type of 'text/plain' with the default charset parameter set to 'utf-8'."
    if not reply.headers.get("content-type", "").lower().startswith("text/plain"):
        raise ValueError("what is served as security.txt is no plain text")
    return parse_security_txt(reply.text)


def namings(stage: Stage, subject: Subject) -> Iterator[Naming]:
    """Yield the pages on a subject: first those that somebody names, then those that are only often there."""
    for url in library_of(stage).named.get(subject.clause, ()):
        yield Naming(url, "whoever runs the assessment")
    try:
        for url in self_description(stage).pages_on(subject.clause):
            yield Naming(url, "the repository's self-description")
    except ValueError as wrong:
        if str(wrong) != _NO_DESCRIPTION:
            yield Naming("", f"the self-description could not be read: {wrong}")
    if subject.about == "disclosure":
        yield from _by_security_txt(stage)
    if stage.target.can(Op.POLICY):
        answer = stage.perform(Op.POLICY, about=subject.about)
        if answer.kind.is_yes and answer.value("url"):
            yield Naming(answer.value("url"))
    yield from map(Naming, subject.often_at)


def _by_security_txt(stage: Stage) -> Iterator[Naming]:
    try:
        yield from (Naming(url) for url in security_txt(stage).policies)
    except ValueError:
        return


def read_about(stage: Stage, subject: Subject) -> Verdict:
    """Conclude from the first page that somebody names and that says what it must; else Inconclusive, with proposals.

    Never unmet: that no page was found proves nothing.
    """
    proposals: list[str] = []
    for naming in namings(stage, subject):
        page = library_of(stage).document(stage, naming.url) if naming.url else None
        if page is None:
            if naming.by:
                _without_page(stage, naming, proposals)
            continue
        quotes = [page.quote(pattern) for pattern in subject.says]
        if not all(quotes):
            if naming.by:
                proposals.append(f"{naming.by} names {page.url}, which does not speak of it")
        elif naming.by:
            return _verdict(stage, subject, naming, page, quotes)
        else:
            proposals.append(f"{page.url} may speak of it, and nobody has said so: “{quotes[0]}”")
    raise Inconclusive("; ".join(proposals) or "no page was named or found that speaks of it")


def _without_page(stage: Stage, naming: Naming, proposals: list[str]) -> None:
    if not naming.url:
        proposals.append(naming.by)
        return
    everything = library_of(stage).answers_everything(stage, naming.url)
    control(
        not everything, f"{naming.by} names {naming.url}, whose site answers addresses that do not exist the same way"
    )
    proposals.append(f"{naming.by} names {naming.url}, where no page can be read")


def _verdict(stage: Stage, subject: Subject, naming: Naming, page: Document, quotes: list[str]) -> Verdict:
    missing = [pattern for pattern in subject.whole if not page.quote(pattern)]
    said = " … ".join(dict.fromkeys(f"“{quote}”" for quote in quotes))
    changed = library_of(stage).changed(page, naming.url)
    saw = f"{naming.by} names {page.url}, which says: {said}"
    saw += f"; {subject.lacks}" if missing else ""
    saw += "; it has changed since it was last read" if changed else ""
    return Verdict(Outcome.PARTLY if missing else Outcome.MET, saw, Grade.DOCUMENTED, page.sha256)
