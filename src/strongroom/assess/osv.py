"""Records of the Open Source Vulnerability format: one to try a repository with, and what is wrong with one.

Principles: GEN-3.3
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

_RANGES: Final = ("SEMVER", "ECOSYSTEM", "GIT")
_EVENTS: Final = ("introduced", "fixed", "last_affected", "limit")
_REFERENCES: Final = (
    "ADVISORY", "ARTICLE", "DETECTION", "DISCUSSION", "REPORT", "FIX", "INTRODUCED", "PACKAGE", "EVIDENCE", "WEB",
)  # fmt: skip
_TEXTS: Final = ("schema_version", "summary", "details")
_LISTS_OF_TEXT: Final = ("aliases", "related", "upstream")


def record(
    id: str, project: str, versions: list[str], ecosystem: str, moment: datetime, *, says: str, withdrawn: bool = False
) -> dict[str, Any]:
    """Return a record that says something of some versions of one package."""
    when = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made: dict[str, Any] = {
        "schema_version": "1.6.0",
        "id": id,
        "published": when,
        "modified": when,
        "summary": says,
        "details": f"{says} An entry of an assessment, soon withdrawn.",
        "affected": [{"package": {"ecosystem": ecosystem, "name": project}, "versions": versions}],
    }
    return made | ({"withdrawn": when} if withdrawn else {})


def is_of_malware(found: Mapping[str, Any]) -> bool:
    """Report whether a record speaks of a malicious package: by its id, an alias, or its summary."""
    aliases = found.get("aliases")
    ids = [found.get("id"), *(aliases if isinstance(aliases, list) else [])]
    return any(str(id).startswith("MAL-") for id in ids) or bool(
        re.search(r"\bmalicious\b|\bmalware\b", str(found.get("summary", "")), re.IGNORECASE)
    )


def complaints(found: Any) -> list[str]:
    """Return what keeps a value from being an OSV record (schema 1.6), as sentences; none when nothing does.

    Only what an aggregator relies on is looked at: the id, the times, and what is affected.
    """
    if not isinstance(found, Mapping):
        return ["it is no object"]
    return [*_head(found), *_affected(found.get("affected")), *_references(found.get("references", []))]


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    # "The id field is a unique identifier […] of the format <DB>-<ENTRYID>".
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*-\S+", str(found.get("id", ""))):
        yield "its id is not DATABASE-ENTRY"
    # "The modified field […] MUST be present"; times are "RFC3339-formatted […] in UTC (ending in "Z")".
    for name in ("modified", "published", "withdrawn"):
        if (name in found or name == "modified") and not _is_moment(found.get(name)):
            yield f"its {name} is no time in UTC"
    yield from (f"its {name} is no text" for name in _TEXTS if not isinstance(found.get(name, ""), str))
    for name in _LISTS_OF_TEXT:
        if not _is_list_of(found.get(name, []), str):
            yield f"its {name} is no list of texts"


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value))


def _is_list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


def _affected(value: Any) -> Iterator[str]:
    if not _is_list_of(value, Mapping) or not value:
        yield "it says of nothing that it is affected"
        return
    for each in value:
        package = each.get("package")
        if not isinstance(package, Mapping) or not all(_is_text(package.get(key)) for key in ("ecosystem", "name")):
            yield "what is affected is no package of an ecosystem"
        versions, ranges = each.get("versions", []), each.get("ranges", [])
        if not _is_list_of(versions, str) or not _is_list_of(ranges, Mapping) or not (versions or ranges):
            yield "which versions are affected is not said"
            continue
        for reach in ranges:
            yield from _range(reach)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _range(reach: Mapping[str, Any]) -> Iterator[str]:
    events = reach.get("events")
    if reach.get("type") not in _RANGES or (reach.get("type") == "GIT" and not _is_text(reach.get("repo"))):
        yield "a range is of no known type"
    if not _is_list_of(events, Mapping) or not events or not any("introduced" in each for each in events):
        yield "a range has no event that introduces anything"
    elif any(len(each) != 1 or next(iter(each)) not in _EVENTS for each in events):
        yield "a range has an event of no known kind"


def _references(value: Any) -> Iterator[str]:
    if not _is_list_of(value, Mapping):
        yield "its references are no list"
        return
    for each in value:
        if each.get("type") not in _REFERENCES or not _is_text(each.get("url")):
            yield "a reference is of no known type, or has no address"
