"""The canonical document of one assessment: everything that was done, seen and concluded. All reports are views of it.

Principles: none
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from strongroom.assess.evaluation import ClauseResult, State, Taxonomy, TrackResult, evaluate
from strongroom.assess.evidence import Evidence, from_json, to_json
from strongroom.assess.probing import Finding, Outcome
from strongroom.principles.catalogue import Grade, framework

SCHEMA: Final = "strongroom.assessment/1"
DISCLAIMER: Final = (
    "Meeting a level does not mean that a repository is secure. Neither OpenSSF nor CISA has endorsed this assessment."
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a run was done: on what, by what, with whose leave, and how it ended."""

    run: str
    url: str
    product: str
    driver: str
    driver_version: str
    tool_version: str
    safety: str
    proof: str
    started: datetime
    ended: datetime
    aborted: str = ""
    lost: str = ""
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """One assessment whole: circumstances, taxonomy, findings, evidence, and where each track stands by them."""

    circumstances: Circumstances
    taxonomy: Taxonomy
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    tracks: tuple[TrackResult, ...]
    floor: Grade = Grade.ATTESTED

    @property
    def clauses(self) -> tuple[ClauseResult, ...]:
        """Every clause's result, in the framework's order."""
        return tuple(c for track in self.tracks for p in track.principles for c in p.clauses)

    @property
    def conflicts(self) -> tuple[ClauseResult, ...]:
        """The clauses of which something is claimed that was observed not to be so."""
        return tuple(each for each in self.clauses if each.conflict)

    @property
    def troubles(self) -> tuple[str, ...]:
        """What makes the assessment incomplete, as sentences; none when it is complete."""
        asked = [f for f in self.findings if f.outcome is not Outcome.NOT_RUN]
        found = [self.circumstances.lost, self.circumstances.aborted]
        found += [f"the probe {f.probe} broke: {f.saw}" for f in asked if f.outcome is Outcome.ERROR]
        if not asked:
            found.append("no probe ran")
        return tuple(filter(None, found))


def assess(
    circumstances: Circumstances,
    taxonomy: Taxonomy,
    findings: Sequence[Finding],
    evidence: Sequence[Evidence],
    now: datetime,
    floor: Grade = Grade.ATTESTED,
) -> Assessment:
    """Evaluate what was found, and return it with its circumstances."""
    tracks = evaluate(evidence, taxonomy, now, floor)
    return Assessment(circumstances, taxonomy, tuple(findings), tuple(evidence), tracks, floor)


def to_document(assessment: Assessment) -> dict[str, Any]:
    """Return the canonical document, as plain values."""
    told, source = assessment.circumstances, framework()
    return {
        "schema": SCHEMA,
        "framework": {"name": source.name, "version": source.version, "source": source.source},
        "tool": {"name": "strongroom", "version": told.tool_version},
        "run": told.run,
        "target": {
            "url": told.url,
            "product": told.product,
            "driver": told.driver,
            "driver_version": told.driver_version,
        },
        "consent": {"safety": told.safety, "proof": told.proof},
        "started": told.started.isoformat(),
        "ended": told.ended.isoformat(),
        "complete": not assessment.troubles,
        "troubles": list(assessment.troubles),
        "aborted": told.aborted,
        "lost": told.lost,
        "left_behind": list(told.left),
        "taxonomy": {key: sorted(value) for key, value in assessment.taxonomy.items()},
        "floor": assessment.floor.word,
        "tracks": [_track(each) for each in assessment.tracks],
        "conflicts": [each.clause.id for each in assessment.conflicts],
        "findings": [_finding(each) for each in assessment.findings],
        "evidence": [to_json(each) for each in assessment.evidence],
        "disclaimer": DISCLAIMER,
    }


def _track(result: TrackResult) -> dict[str, Any]:
    return {
        "track": result.track.value,
        "confirmed": result.confirmed,
        "possible": result.possible,
        "levels": [
            {"level": c.level, "met": c.met, "may_be_met": c.may_be_met, "applicable": c.applicable}
            for c in result.levels
        ],
        "blockers": [each.principle.id for each in result.blockers],
        "principles": [
            {
                "id": p.principle.id,
                "title": p.principle.title,
                "level": p.principle.level,
                "state": p.state.value,
                "clauses": [_clause(c) for c in p.clauses],
            }
            for p in result.principles
        ],
    }


def _clause(result: ClauseResult) -> dict[str, Any]:
    return {
        "id": result.clause.id,
        "text": result.clause.text,
        "required": result.clause.required,
        "state": result.state.value,
        "grade": result.grade.word if result.grade is not None else None,
        "why": result.why.value if result.why else None,
        "conflict": result.conflict,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "probe": finding.probe,
        "clause": finding.clause,
        "version": finding.version,
        "outcome": finding.outcome.value,
        "grade": finding.grade.word,
        "saw": finding.saw,
        "exchanges": list(finding.exchanges),
        "started": finding.started.isoformat(),
        "ended": finding.ended.isoformat(),
        "sha256": finding.sha256,
    }


def from_document(document: Mapping[str, Any], *, now: datetime | None = None) -> Assessment:
    """Return the assessment that a document holds, evaluated again by this program at `now`, else when it ended.

    ValueError when it is no such document.
    """
    if document.get("schema") != SCHEMA:
        raise ValueError(f"this is no {SCHEMA} document")
    try:
        target, ended = document["target"], datetime.fromisoformat(document["ended"])
        circumstances = Circumstances(
            run=document["run"],
            url=target["url"],
            product=target["product"],
            driver=target["driver"],
            driver_version=target["driver_version"],
            tool_version=document["tool"]["version"],
            safety=document["consent"]["safety"],
            proof=document["consent"]["proof"],
            started=datetime.fromisoformat(document["started"]),
            ended=ended,
            aborted=document["aborted"],
            lost=document["lost"],
            left=tuple(document["left_behind"]),
        )
        taxonomy = {key: frozenset(value) for key, value in document["taxonomy"].items()}
        findings = tuple(_finding_from(each) for each in document["findings"])
        evidence = tuple(from_json(each) for each in document["evidence"])
        return assess(circumstances, taxonomy, findings, evidence, now or ended, Grade.of(document["floor"]))
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"this document is not whole: {wrong}") from None


def _finding_from(plain: Mapping[str, Any]) -> Finding:
    return Finding(
        probe=plain["probe"],
        clause=plain["clause"],
        version=plain["version"],
        outcome=Outcome(plain["outcome"]),
        saw=plain["saw"],
        exchanges=tuple(plain["exchanges"]),
        started=datetime.fromisoformat(plain["started"]),
        ended=datetime.fromisoformat(plain["ended"]),
        grade=Grade.of(plain["grade"]),
        sha256=plain.get("sha256", ""),
    )


def to_text(assessment: Assessment) -> str:
    """Return the canonical document as JSON, the same bytes for the same assessment."""
    text = json.dumps(to_document(assessment), indent=1, ensure_ascii=False) + "\n"
    # JSON can say half a surrogate pair, which no file can hold.
    return text.encode("utf-8", "replace").decode()


def counts(assessment: Assessment) -> dict[State, int]:
    """Return how many principles are in each state."""
    states = [p.state for track in assessment.tracks for p in track.principles]
    return {state: states.count(state) for state in State}
