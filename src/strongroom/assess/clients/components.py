"""Lists of components, read: is one well-formed, and does it name everything that is locked?

Principles: none
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Component = tuple[str, str]


def complete(document: Any, locked: Iterable[Component]) -> bool:
    """Report whether a document lists components, in CycloneDX or SPDX, and names all that are locked."""
    if not isinstance(document, Mapping):
        return False
    if document.get("bomFormat") == "CycloneDX" and isinstance(document.get("specVersion"), str):
        found = set(_cyclonedx(document))
    elif str(document.get("spdxVersion", "")).startswith("SPDX-2"):
        found = set(_spdx(document))
    else:
        return False
    return set(locked) <= found


def _cyclonedx(document: Mapping[str, Any]) -> Iterator[Component]:
    # CycloneDX: a component has a type and a name; the package URL says of which ecosystem it is.
    for each in _entries(document.get("components")):
        if each.get("type") and str(each.get("purl", "")).startswith("pkg:"):
            yield str(each.get("name", "")).lower(), str(each.get("version", ""))


def _spdx(document: Mapping[str, Any]) -> Iterator[Component]:
    # SPDX 2: a package has an SPDXID, a name and a download location.
    for each in _entries(document.get("packages")):
        if each.get("SPDXID") and "downloadLocation" in each:
            yield str(each.get("name", "")).lower(), str(each.get("versionInfo", ""))


def _entries(found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, list):
        yield from (each for each in found if isinstance(each, Mapping))
