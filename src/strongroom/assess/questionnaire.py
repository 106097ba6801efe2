"""The questionnaire: what probes left open, asked of a person, the lowest level first; and what answers are worth.

An answer is a statement of a named person, with a day on which it ends. An answer with an address and a quote is worth
more: the page is fetched, and when the quote is on it, the clause is documented.

Principles: none
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

import yaml

from strongroom.assess.document import Assessment
from strongroom.assess.documents import Document, library_of
from strongroom.assess.evaluation import State
from strongroom.assess.evidence import Evidence, Polarity
from strongroom.assess.plain_yaml import parse_day, parse_yaml
from strongroom.assess.stage import Stage
from strongroom.principles.catalogue import Clause, Grade, clause, principles

LIMIT_BYTES: Final = 1 << 20
SHORTEST_QUOTE: Final = 12
_FIELDS: Final = {"clause", "ask", "answer", "url", "quote", "note"}


_NEEDS: Final = {Grade.DOCUMENTED: " (a page is needed)", Grade.OBSERVED: " (only a probe can show it)"}


class Says(StrEnum):
    """What an answer can be. UNKNOWN is no answer, and counts for nothing."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    UNKNOWN = "unknown"


_POLARITY: Final[Mapping[Says, Polarity]] = {
    Says.YES: Polarity.SUPPORTS,
    Says.PARTLY: Polarity.PARTIAL,
    Says.NO: Polarity.CONTRADICTS,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answers for one clause, with the address and the words that bear it out, if there are any."""

    clause: str
    says: Says
    url: str = ""
    quote: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of one person: who, in which role, on which day, and perhaps until when."""

    name: str
    role: str
    on: date
    answers: tuple[Answer, ...]
    until: date | None = None


def open_questions(assessment: Assessment) -> Iterator[Clause]:
    """Yield the clauses that nobody knows about: required before advised, the lowest level first."""
    levels = {each.id: each.level for each in principles()}
    unknown = [c.clause for c in assessment.clauses if c.state is State.UNKNOWN]
    yield from sorted(unknown, key=lambda c: (not c.required, levels[c.id[:-1]]))


def sheet(assessment: Assessment) -> str:
    """Return the questions as YAML, to be filled in and given back with --answers."""
    where = " ".join(assessment.circumstances.url.split())
    head = (
        f"# What the probes left open at {where}. Answer yes, partly, no or unknown.\n"
        "# An answer counts as the statement of whoever is named here. With `url` and `quote` it is documented,\n"
        "# if the page has these very words. Some clauses take no statement: they say `a page is needed`.\n"
    )
    questions = []
    for each in open_questions(assessment):
        ask = f"{each.text}{'' if each.required else ' (advised)'}{_NEEDS.get(each.floor, '')}"
        questions.append({"clause": each.id, "ask": ask, "answer": "unknown", "url": "", "quote": "", "note": ""})
    by = {"name": "", "role": "", "date": assessment.circumstances.ended.date().isoformat(), "until": ""}
    return head + as_yaml({"by": by, "answers": questions})


def as_yaml(sheet: Mapping[str, Any]) -> str:
    """Return a sheet as YAML, in the order in which it was made."""
    return str(yaml.safe_dump(sheet, sort_keys=False, allow_unicode=True, width=110))


def parse_answers(text: str, today: date) -> Answers:
    """Return the answers of a filled-in sheet; ValueError says what is missing or wrong."""
    if len(text) > LIMIT_BYTES:
        raise ValueError("the sheet of answers is too long")
    try:
        document = parse_yaml(text)
    except ValueError as wrong:
        raise ValueError(f"the sheet of answers cannot be read: {wrong}") from None
    if not isinstance(document, Mapping) or not isinstance(document.get("by"), Mapping):
        raise ValueError("the sheet of answers says `by` whom, and `answers`")
    by, entries = document["by"], document.get("answers")
    if not isinstance(entries, list):
        raise ValueError("`answers` is a list")
    found = tuple(each for each in map(_answer, entries) if each.says is not Says.UNKNOWN)
    name, role = str(by.get("name") or "").strip(), str(by.get("role") or "").strip()
    if found and not (name and role):
        raise ValueError("answers need the name and the role of who answers")
    on, until = _day(by.get("date")) or today, _day(by.get("until"))
    if on > today:
        raise ValueError("the answers are of a day to come")
    return Answers(name, role, on, found, until)


def _answer(entry: Any) -> Answer:
    if not isinstance(entry, Mapping) or set(entry) - _FIELDS:
        raise ValueError(f"this is no answer: {entry!r}")
    # YAML reads yes and no as true and false.
    said = entry.get("answer")
    if isinstance(said, bool):
        said = "yes" if said else "no"
    try:
        made = Answer(
            clause=clause(re.sub(r"\.([a-z])$", r"\1", str(entry.get("clause")))).id,
            says=Says(str(said)),
            url=str(entry.get("url") or "").strip(),
            quote=" ".join(str(entry.get("quote") or "").split()),
            note=" ".join(str(entry.get("note") or "").split()),
        )
    except KeyError:
        raise ValueError(f"there is no clause {entry.get('clause')}") from None
    if made.url and not made.url.startswith(("https://", "http://")):
        raise ValueError(f"{made.url!r} is no address: the page on {made.clause} begins with https://")
    if made.quote and len(made.quote) < SHORTEST_QUOTE:
        raise ValueError(f"the quote for {made.clause} is too short to say anything")
    return made


def _day(found: Any) -> date | None:
    if not found:
        return None
    return parse_day(found)


def statements(answers: Answers) -> Iterator[Evidence]:
    """Yield each answer as the statement of whoever gave it."""
    at = datetime.combine(answers.on, time(), UTC)
    for each in answers.answers:
        days = clause(each.clause).expires_days[Grade.ATTESTED]
        ends = at + timedelta(days=days)
        if answers.until is not None:
            ends = min(ends, datetime.combine(answers.until, time(), UTC))
        yield Evidence(
            clause=each.clause,
            polarity=_POLARITY[each.says],
            grade=Grade.ATTESTED,
            source=f"statement of {answers.name}",
            says=f"{answers.name}, {answers.role}, says {each.says.value}{': ' + each.note if each.note else ''}.",
            collected=at,
            expires=ends,
            actor=f"{answers.name}, {answers.role}",
        )


def documented(answers: Answers, stage: Stage, now: datetime) -> Iterator[Evidence]:
    """Yield evidence for each answer whose page is there and has the words that were quoted; nothing for the others."""
    for each in answers.answers:
        if each.url and each.quote:
            page = library_of(stage).document(stage, each.url)
            if page is not None and _has(page, each.quote):
                yield _on_page(each, answers, page, now)


def _has(page: Document, quote: str) -> bool:
    return quote.casefold() in " ".join(page.text.split()).casefold()


def _on_page(answer: Answer, answers: Answers, page: Document, now: datetime) -> Evidence:
    days = clause(answer.clause).expires_days[Grade.DOCUMENTED]
    return Evidence(
        clause=answer.clause,
        polarity=_POLARITY[answer.says],
        grade=Grade.DOCUMENTED,
        source=answer.url,
        says=f"The page says: {answer.quote}",
        collected=now,
        expires=now + timedelta(days=days),
        exchanges=(page.exchange,) if page.exchange else (),
        sha256=page.sha256,
        actor=f"{answers.name}, {answers.role}",
    )
