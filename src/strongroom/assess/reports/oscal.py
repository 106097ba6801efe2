"""OSCAL (NIST): assessment results, and a plan of action and milestones, as plain values that validate.

Identifiers are made from what they stand for (UUID version 5), so that two runs can be compared line by line.

Principles: none
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any, Final

from strongroom.assess.document import DISCLAIMER
from strongroom.assess.evaluation import ClauseResult, State
from strongroom.assess.evidence import Evidence
from strongroom.assess.plan import Item, Part
from strongroom.assess.reports.report import Report, reason
from strongroom.principles.catalogue import Grade, framework

OSCAL_VERSION: Final = "1.2.1"
NAMESPACE: Final = "https://strongroom.invalid/ns/oscal"
_SPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)

_METHODS: Final = {
    Grade.OBSERVED: "TEST",
    Grade.DOCUMENTED: "EXAMINE",
    Grade.ATTESTED: "INTERVIEW",
    Grade.INFERRED: "UNKNOWN",
}

_LIFECYCLE: Final = {Part.FIND_OUT: "recommendation", Part.FIX_NOW: "planned", Part.NEXT_LEVEL: "planned"}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "/".join(parts)))


def as_assessment_results(report: Report) -> str:
    """Return OSCAL assessment results: an observation for each piece of evidence, a finding for each settled clause."""
    told = report.assessment.circumstances
    result = {
        "uuid": _id("result", told.url, told.run),
        "title": f"Run {told.run}",
        "description": f"Measured from outside, up to: {told.safety}. {DISCLAIMER}",
        "start": told.started.isoformat(),
        "end": told.ended.isoformat(),
        "reviewed-controls": {"control-selections": [{"include-all": {}}]},
        **_unless_empty("observations", list(_observations(report))),
        **_unless_empty("findings", list(_findings(report))),
    }
    document = {
        "uuid": _id("assessment-results", told.url, told.run),
        "metadata": _metadata(report, "Assessment"),
        "import-ap": {"href": f"#{_id('framework')}"},
        "results": [result],
        "back-matter": {"resources": [_framework_resource()]},
    }
    return json.dumps({"assessment-results": document}, indent=1, ensure_ascii=False) + "\n"


def as_plan_of_action(report: Report) -> str:
    """Return an OSCAL plan of action and milestones: a risk and an item for each thing to do."""
    told = report.assessment.circumstances
    items = [each for each in report.plan.items if each.part is not Part.FIND_OUT]
    document = {
        "uuid": _id("poam", told.url, told.run),
        "metadata": _metadata(report, "Plan of action"),
        "system-id": {"id": told.url},
        **_unless_empty("observations", list(_observations(report))),
        **_unless_empty("risks", [_risk(each) for each in items]),
        **_unless_empty("findings", list(_findings(report))),
        "poam-items": [_item(each, report) for each in items] or [_nothing_to_do()],
        "back-matter": {"resources": [_framework_resource()]},
    }
    return json.dumps({"plan-of-action-and-milestones": document}, indent=1, ensure_ascii=False) + "\n"


def _metadata(report: Report, title: str) -> dict[str, Any]:
    told = report.assessment.circumstances
    return {
        "title": f"{title} of {told.url}: {framework().name} {framework().version}",
        "last-modified": told.ended.isoformat(),
        "version": told.run,
        "oscal-version": OSCAL_VERSION,
    }


def _framework_resource() -> dict[str, Any]:
    source = framework()
    return {"uuid": _id("framework"), "title": f"{source.name} {source.version}", "rlinks": [{"href": source.source}]}


def _unless_empty(name: str, found: list[Any]) -> dict[str, Any]:
    # OSCAL's lists have one member at least, or are not there.
    return {name: found} if found else {}


def _observations(report: Report) -> Iterator[dict[str, Any]]:
    for clause in report.assessment.clauses:
        for evidence in clause.evidence:
            yield {
                "uuid": _observation_id(evidence),
                "title": f"{clause.clause.id}: {evidence.polarity.value}",
                "description": evidence.says or clause.clause.text,
                "methods": [_METHODS[evidence.grade]],
                "types": ["finding"],
                "collected": evidence.collected.isoformat(),
                "expires": evidence.expires.isoformat(),
                "props": [
                    {"name": "evidence-grade", "ns": NAMESPACE, "value": evidence.grade.word},
                    {"name": "source", "ns": NAMESPACE, "value": _one_line(evidence.source)},
                ],
            }


def _observation_id(evidence: Evidence) -> str:
    return _id("observation", evidence.clause, evidence.source, evidence.polarity, evidence.collected.isoformat())


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    for found in report.assessment.clauses:
        if found.state in (State.MET, State.PARTLY, State.UNMET):
            yield {
                "uuid": _finding_id(found.clause.id),
                "title": found.clause.id,
                "description": reason(report, found),
                "target": {
                    "type": "objective-id",
                    "target-id": f"{found.clause.id.lower()}_obj",
                    "status": _status(found),
                },
                **_unless_empty(
                    "related-observations",
                    [{"observation-uuid": _observation_id(each)} for each in found.evidence],
                ),
            }


def _finding_id(clause: str) -> str:
    return _id("finding", clause)


def _status(found: ClauseResult) -> dict[str, str]:
    met = found.state is State.MET
    return {"state": "satisfied" if met else "not-satisfied", "reason": "pass" if met else "fail"}


def _risk(item: Item) -> dict[str, Any]:
    attacks = "; ".join(attack.says for attack in item.guidance.attacks)
    return {
        "uuid": _id("risk", item.principle, item.part),
        "title": item.title,
        "description": " ".join(item.gap) or item.title,
        "statement": attacks or item.guidance.stops,
        "status": "open",
        **({"deadline": f"{item.due}T00:00:00Z"} if item.due else {}),
        "remediations": [
            {
                "uuid": _id("remedy", item.principle, persona, item.part),
                "lifecycle": _LIFECYCLE.get(item.part, "recommendation"),
                "title": f"{item.principle} for the {persona}",
                "description": text,
                "props": [{"name": "effort", "ns": NAMESPACE, "value": item.guidance.effort.size}],
            }
            for persona, text in item.guidance.remedies.items()
        ],
    }


def _item(item: Item, report: Report) -> dict[str, Any]:
    findings = [{"finding-uuid": _finding_id(c.split(" ")[0])} for c in item.gap if _has_finding(report, c)]
    return {
        "uuid": _id("item", item.principle, item.part, item.source),
        "title": f"{item.principle} {item.title}",
        "description": f"{item.why_here}. Done when: {'; '.join(item.acceptance)}.",
        "props": [
            {"name": "part", "ns": NAMESPACE, "value": item.part.value.replace(" ", "-")},
            {"name": "source", "ns": NAMESPACE, "value": _one_line(item.source)},
            *([{"name": "owner", "ns": NAMESPACE, "value": _one_line(item.owner)}] if item.owner else []),
        ],
        **_unless_empty("related-findings", findings),
        "related-risks": [{"risk-uuid": _id("risk", item.principle, item.part)}],
    }


def _has_finding(report: Report, gap: str) -> bool:
    clause = gap.split(" ")[0]
    states = {c.clause.id: c.state for c in report.assessment.clauses}
    return states.get(clause) in (State.MET, State.PARTLY, State.UNMET)


def _nothing_to_do() -> dict[str, Any]:
    return {
        "uuid": _id("item", "nothing"),
        "title": "Measure again before the evidence expires",
        "description": "Nothing that was settled is unmet. What was seen counts until it expires.",
    }


def _one_line(text: str) -> str:
    return " ".join(text.split()) or "unknown"
