"""One principle explained: what it asks, how it is looked at, what its absence lets in, what to do about it.

Principles: none
"""

from typing import Any

from strongroom.assess.run import every_probe
from strongroom.principles.catalogue import Clause, Principle, framework, principles
from strongroom.principles.guidance import guidance


def explained(id: str) -> dict[str, Any]:
    """Return everything that is known of a principle, or of the principle of a clause; KeyError when there is none."""
    found = {each.id: each for each in principles()}
    owner = found.get(id) or found[id[:-1]]
    if owner.id != id and id not in [each.id for each in owner.clauses]:
        raise KeyError(id)
    return _principle(owner, [each for each in owner.clauses if id in (owner.id, each.id)])


def _principle(owner: Principle, clauses: list[Clause]) -> dict[str, Any]:
    advice = guidance(owner.id)
    return {
        "id": owner.id,
        "title": owner.title,
        "track": owner.track.value,
        "level": owner.level,
        "framework": f"{framework().name} {framework().version}",
        "clauses": [_clause(each) for each in clauses],
        "stops": advice.stops,
        "attacks": [{"id": a.id, "says": a.says, "seen": a.seen} for a in advice.attacks],
        "needs": list(advice.needs),
        "effort": {"size": advice.effort.size, "says": advice.effort.says, "days": advice.effort.days},
        "running_cost": advice.running_cost,
        "remedies": {persona.value: text for persona, text in advice.remedies.items()},
    }


def _clause(clause: Clause) -> dict[str, Any]:
    probe = next((each for each in every_probe() if each.clause == clause.id), None)
    return {
        "id": clause.id,
        "text": clause.text,
        "required": clause.required,
        "floor": clause.floor.word,
        "expires_days": {grade.word: days for grade, days in clause.expires_days.items()},
        "probe": None
        if probe is None
        else {
            "id": probe.id,
            "version": probe.version,
            "safety": probe.safety.name.lower(),
            "question": probe.question,
            "met": probe.yes,
            "unmet": probe.no,
        },
    }


def as_text(explained: dict[str, Any]) -> str:
    """Return the explanation for a terminal."""
    lines = [f"{explained['id']}  {explained['title']}  ({explained['track']}, level {explained['level']})"]
    for clause in explained["clauses"]:
        lines += ["", f"  {clause['id']}  {clause['text']}{'' if clause['required'] else ' (advised)'}"]
        probe = clause["probe"]
        if probe is None:
            lines.append("    No probe can see it: it needs a document or a statement.")
        else:
            lines.append(f"    Probe {probe['id']} ({probe['safety']}): {probe['question']}")
            lines += [f"      met    {probe['met']}", f"      unmet  {probe['unmet']}"]
        lines.append(f"    Weakest evidence that counts: {clause['floor']}.")
    lines += ["", f"  What it stops: {explained['stops']}"]
    for attack in explained["attacks"]:
        lines.append(f"    {attack['id']}: {attack['says']}{'. ' + attack['seen'] if attack['seen'] else ''}")
    if explained["needs"]:
        lines.append(f"  Needs first: {', '.join(explained['needs'])}")
    lines.append(f"  Effort: {explained['effort']['says']}; running cost: {explained['running_cost']}.")
    lines.append(f"  Who runs it:   {explained['remedies']['operator']}")
    lines.append(f"  Who builds it: {explained['remedies']['developer']}")
    return "\n".join(lines)
