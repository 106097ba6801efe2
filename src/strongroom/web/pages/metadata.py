"""Core metadata, read for showing.

Principles: none
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_EXTRA: Final = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a release says of itself. Everything is text as written; `links` are http or https only."""

    summary: str
    requires_python: str
    licence: str
    author: str
    maintainer: str
    keywords: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    dependencies: tuple[str, ...]
    extras: tuple[tuple[str, tuple[str, ...]], ...]
    classifiers: tuple[tuple[str, tuple[str, ...]], ...]


def read(metadata: Mapping[str, object]) -> Metadata:
    """Return `metadata`, keyed as `packaging.metadata.RawMetadata` is, for showing. What is missing is empty."""
    dependencies, extras = _dependencies(metadata)
    return Metadata(
        _text(metadata, "summary"),
        _text(metadata, "requires_python"),
        _licence(metadata),
        _person(metadata, "author"),
        _person(metadata, "maintainer"),
        _keywords(metadata),
        tuple(_links(metadata)),
        dependencies,
        extras,
        _classifiers(metadata),
    )


def _text(metadata: Mapping[str, object], field: str) -> str:
    value = metadata.get(field)
    return value.strip() if isinstance(value, str) else ""


def _list(metadata: Mapping[str, object], field: str) -> list[str]:
    value = metadata.get(field)
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def _licence(metadata: Mapping[str, object]) -> str:
    if expression := _text(metadata, "license_expression"):
        return expression
    classified = [one.rpartition(" :: ")[2] for one in _list(metadata, "classifiers") if one.startswith("License :: ")]
    # Before PEP 639 many put the whole text of the licence into the field; its first line is the name of it.
    first = _text(metadata, "license").partition("\n")[0].strip()
    return first if first and len(first) <= 100 else ", ".join(classified)


def _person(metadata: Mapping[str, object], field: str) -> str:
    named, address = _text(metadata, field), _text(metadata, f"{field}_email")
    return ", ".join(one for one in (named, address) if one)


def _keywords(metadata: Mapping[str, object]) -> tuple[str, ...]:
    value = metadata.get("keywords")
    words = (
        re.split(r"[,\s]+" if isinstance(value, str) and "," not in value else ",", value)
        if isinstance(value, str)
        else _list(metadata, "keywords")
    )
    return tuple(word.strip() for word in words if word.strip())


def _links(metadata: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    if home := _text(metadata, "home_page"):
        yield from _safe("Home page", home)
    value = metadata.get("project_urls")
    if isinstance(value, Mapping):
        pairs = [(str(label), str(url)) for label, url in value.items()]
    else:
        pairs = [(label, url) for label, _, url in (line.partition(",") for line in _list(metadata, "project_urls"))]
    for label, url in pairs:
        yield from _safe(label.strip(), url.strip())


def _safe(label: str, url: str) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    if parts.scheme in ("http", "https") and parts.netloc and url.isprintable() and " " not in url:
        yield label or parts.netloc, url


def _dependencies(metadata: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return the requirements of everybody, and those of each extra, as they are written."""
    always: list[str] = []
    extras: dict[str, list[str]] = {extra: [] for extra in _list(metadata, "provides_extra")}
    for requirement in _list(metadata, "requires_dist"):
        found = _EXTRA.findall(requirement)
        for extra in found:
            extras.setdefault(extra, []).append(requirement)
        if not found:
            always.append(requirement)
    return tuple(always), tuple((extra, tuple(lines)) for extra, lines in extras.items())


def _classifiers(metadata: Mapping[str, object]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for classifier in _list(metadata, "classifiers"):
        group, _, rest = classifier.partition(" :: ")
        groups[group].append(rest or group)
    return tuple((group, tuple(members)) for group, members in groups.items())
