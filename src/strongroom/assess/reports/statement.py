"""An in-toto statement of an assessment, to be signed by whoever answers for it.

Principles: none
"""

import hashlib
import json
from typing import Final

from strongroom.assess.reports.canonical import as_json, document
from strongroom.assess.reports.report import Report

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://strongroom.invalid/assessment/v1"


def as_statement(report: Report) -> str:
    """Return a statement whose subject is the canonical report, by its digest, and whose predicate holds it whole."""
    digest = hashlib.sha256(as_json(report).encode()).hexdigest()
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": "assessment.json", "digest": {"sha256": digest}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": document(report),
    }
    return json.dumps(statement, indent=1, ensure_ascii=False) + "\n"
