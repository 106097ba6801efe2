"""The file is the truth: what the upload form says of it must be what it says itself.

Otherwise the index would show, and resolvers would use, metadata that the installed file does not have: a hidden
dependency, another licence, another Python version.

Principles: GEN-2.1
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from packaging.licenses import canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from strongroom.formats import Claims
from strongroom.formats.pypi.archives.paths import shown
from strongroom.formats.pypi.claims import is_said, metadata_claims
from strongroom.formats.pypi.metadata import CoreMetadata
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds


@upholds("GEN-2.1")
def require_claims_agree(claims: Claims, metadata: CoreMetadata) -> None:
    """Refuse claims that contradict the file's metadata.

    Only spelling may differ: white space, the order of a list, the writing of names, versions and specifiers. What
    the form leaves out is no contradiction; what it adds is one.
    """
    for field, claimed in metadata_claims(claims).items():
        in_file = metadata.description if field == "description" else metadata.fields.get(field)
        written = _as_claims(in_file)
        if claimed != written and _meaning(field, claimed) != _meaning(field, written):
            raise Refused(
                "metadata-mismatch",
                f"The form says {field} is {shown(_only_in(claimed, written))}, the file says "
                f"{shown(_only_in(written, claimed))}; upload with metadata read from the file.",
                principle="GEN-2.1",
            )


@upholds("GEN-2.1")
def require_same(what: str, claimed: object, actual: object) -> None:
    """Refuse a claim about the file as a whole (its type, a digest) that is not so."""
    if claimed != actual:
        raise Refused(
            "metadata-mismatch",
            f"The form says {what} is {shown(str(claimed))}, but it is {shown(str(actual))}; upload the file again.",
            principle="GEN-2.1",
        )


def _as_claims(value: Any) -> list[str]:
    """Return a metadata value as the form would send it."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [f"{label}, {url}" for label, url in value.items()]
    values = [value] if isinstance(value, str) else value
    return [one for one in values if is_said(one)]


def _meaning(field: str, values: Iterable[str]) -> frozenset[Hashable]:
    read = _READERS.get(field, _words)
    return frozenset(_read_or_words(read, value) for part in values for value in _split(field, part))


def _split(field: str, value: str) -> list[str]:
    return [part for part in value.split(",") if part.strip()] if field == "keywords" else [value]


def _read_or_words(read: Callable[[str], Hashable], value: str) -> Hashable:
    try:
        return read(value.strip())
    except (ValueError, RecursionError):
        return _words(value)


def _words(value: str) -> str:
    return " ".join(value.split())


def _requirement(value: str) -> Hashable:
    parsed = Requirement(value)
    return (
        canonicalize_name(parsed.name),
        frozenset(map(canonicalize_name, parsed.extras)),
        parsed.specifier,
        str(parsed.marker or ""),
        parsed.url,
    )


def _labelled(value: str) -> tuple[str, str]:
    label, _, url = value.partition(",")
    return label.strip(), url.strip()


def _content_type(value: str) -> Hashable:
    media_type, *parameters = value.lower().split(";")
    return media_type.strip(), frozenset("".join(parameter.split()).replace('"', "") for parameter in parameters)


def _only_in(some: list[str], others: list[str]) -> str:
    return "; ".join([value for value in some if value not in others][:3]) or "nothing more"


_READERS: dict[str, Callable[[str], Hashable]] = {
    "name": canonicalize_name,
    "version": Version,
    "requires_python": SpecifierSet,
    "requires_dist": _requirement,
    "provides_dist": _requirement,
    "obsoletes_dist": _requirement,
    "provides_extra": canonicalize_name,
    "dynamic": str.lower,
    "license_expression": canonicalize_license_expression,
    "project_urls": _labelled,
    "description_content_type": _content_type,
}
