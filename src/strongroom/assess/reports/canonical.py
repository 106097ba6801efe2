"""The canonical report: JSON, from which every other view could be made, the same bytes for the same run.

Principles: none
"""

import json
from typing import Any

from strongroom.assess.document import to_document
from strongroom.assess.reports.report import Report


def document(report: Report) -> dict[str, Any]:
    """Return the assessment's document with what belongs to this report: gate, changes, annotations, sign-off."""
    return to_document(report.assessment) | {
        "gate": {
            "exit": int(report.verdict.exit),
            "failures": list(report.verdict.failures),
            "notes": list(report.verdict.notes),
        },
        "changes": [
            {"clause": d.clause, "change": d.change.value, "before": d.before.value, "after": d.after.value}
            for d in report.changes
        ],
        "annotations": [
            {
                "clause": a.clause,
                "kind": a.kind.value,
                "reason": a.reason,
                "owner": a.owner,
                "expires": a.expires.isoformat(),
                "url": a.url,
            }
            for a in report.annotations
        ],
        "signed_off_by": report.signed_off_by,
        "plan": [
            {
                "part": i.part.value,
                "principle": i.principle,
                "gap": list(i.gap),
                "days": i.days,
                "acceptance": list(i.acceptance),
                "owner": i.owner,
                "due": i.due,
                "source": i.source,
            }
            for i in report.plan.items
        ],
    }


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    return json.dumps(document(report), indent=1, ensure_ascii=False) + "\n"
