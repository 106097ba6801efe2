"""Can an aggregator pull what the repository knows of malicious packages? (GEN-3.3)

Principles: GEN-3.3
"""

from datetime import UTC, datetime
from typing import Any, Final

from strongroom.assess import osv
from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Inconclusive, Safety, Verdict, control, met, probe, unmet
from strongroom.assess.stage import Stage

SHOWN_SECONDS: Final = 30.0
MOST_RECORDS: Final = 500


@probe(
    "GEN-3.3a",
    Safety.PASSIVE,
    question="Is there a feed of advisories of malicious packages in the OSV format?",
    yes="The feed holds advisories of malicious packages, and each is a valid OSV record.",
    no="The feed holds what is no OSV record, or lacks an advisory of a malicious package that the repository knows.",
    needs=(Op.ADVISORIES,),
)
def malware_advisories_are_in_a_feed(stage: Stage) -> Verdict:
    """Read the feed; where it is empty, and the run may, let the operator know of a malicious package; read again."""
    records = _feed(stage)
    told = ""
    if not any(osv.is_of_malware(each) for each in records[:MOST_RECORDS] if isinstance(each, dict)):
        if stage.leave < Safety.IRREVERSIBLE or not stage.target.can(Op.ADD_ADVISORY):
            raise Inconclusive(f"the feed holds {len(records)} records, none of which is of a malicious package")
        added = _added(stage)
        if added is None:
            return unmet("an advisory of a malicious package that the operator had added did not come into the feed")
        records, told = added, "; one was added by the operator to see it come"
    read = records[:MOST_RECORDS]
    for each in read:
        if wrong := osv.complaints(each):
            return unmet(f"a record of the feed is not valid: {wrong[0]}")
    count = sum(osv.is_of_malware(each) for each in read)
    return met(f"of {len(read)} records that were read, all valid OSV, {count} are of malicious packages{told}")


def _feed(stage: Stage) -> list[Any]:
    records = stage.demand(Op.ADVISORIES, "the feed of advisories could not be read").values.get("records")
    control(isinstance(records, list), "the feed of advisories is no list")
    return list(records or [])


def _added(stage: Stage) -> list[Any] | None:
    """Return the feed once an advisory of a malicious package is in it, None when it does not come."""
    id = f"MAL-0000-{stage.prefix}{stage.chance.text(6)}"
    records: list[Any] = []

    def is_there() -> bool:
        records[:] = _feed(stage)
        return any(isinstance(each, dict) and each.get("id") == id for each in records)

    _tell(stage, id)
    try:
        return list(records) if stage.wait_until(is_there, SHOWN_SECONDS, every=2.0) else None
    finally:
        _tell(stage, id, withdrawn=True)


def _tell(stage: Stage, id: str, *, withdrawn: bool = False) -> None:
    moment = datetime.fromtimestamp(stage.clock(), UTC)
    says = "A malicious package that an assessment made up."
    found = osv.record(id, stage.project("malicious"), ["1.0"], "PyPI", moment, says=says, withdrawn=withdrawn)
    stage.demand(Op.ADD_ADVISORY, "the operator could not add an advisory", record=found)
    if stage.target.can(Op.RUN_JOBS):
        stage.perform(Op.RUN_JOBS)
