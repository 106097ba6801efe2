"""What stands on the page of a project's trusted publishers.

Principles: AUTHZ-3.1
"""

from typing import Any

from strongroom.kernel.refusals import Refused
from strongroom.people.desk import Visitor
from strongroom.people.issuers import issuers_of
from strongroom.people.publishers import publishers_of
from strongroom.web.people.deeds import Counter


def publishers(counter: Counter, visitor: Visitor, part: str) -> dict[str, Any]:
    """Return the publishers of a project, with every provider and issuer that one more could be of."""
    project = counter.project(part)
    try:
        found = publishers_of(counter.desk, visitor, project)
    except Refused as refused:
        # The page is where a publisher of a project to come is added: it shows none, of a private project too.
        if refused.code != "no-such-project":
            raise
        found = []
    return {
        "project": str(project),
        "publishers": found,
        "providers": list(counter.desk.house.trusted.providers.values()),
        "issuers": issuers_of(counter.desk),
    }
