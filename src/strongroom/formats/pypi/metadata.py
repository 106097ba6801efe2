"""Core metadata, read out of `METADATA` or `PKG-INFO`, and the rules that it must keep.

Source: the core metadata specification 2.5 (PEP 241, 314, 345, 566, 643, 685, 639, 794).

Principles: GEN-2.1
"""

import email.errors
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from packaging.metadata import ExceptionGroup, InvalidMetadata, Metadata, parse_email

from strongroom.formats.pypi.archives.paths import shown
from strongroom.formats.pypi.claims import is_said
from strongroom.formats.pypi.metadata_rules import require_rules
from strongroom.formats.pypi.names import parse_name, parse_version
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

VERSIONS = frozenset({"1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"})
HEADERS_LIMIT = 5_000
HEADER_NAMES_LIMIT = 100
VALUE_LIMIT_CHARACTERS = 16 * 1024

_LONG_FIELDS = frozenset({"description", "license", "keywords"})
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):")
_FOLDED_ON = (b" ", b"\t")
# Some readers take each of these for the end of a line.
_OTHER_ENDS = re.compile(rb"[\r\x0b\x0c\x1c-\x1e]")
_FOLDS = ("        ", "       |")
_HOSTILE_ERRORS = (ValueError, LookupError, AssertionError, RecursionError, email.errors.MessageError)


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """What a file says of itself. `fields` is JSON-able, keyed as `packaging` does, and without the description."""

    project: ProjectName
    display_name: str
    version: str
    requires_python: str | None
    fields: Mapping[str, Any]
    description: str
    content_type: str


def parse_metadata(metadata_file: bytes) -> CoreMetadata:
    """Return the metadata that `metadata_file` holds.

    Refused when it is malformed, of an unknown version, or breaks a rule of its version or of `metadata_rules`.
    """
    raw = _raw(metadata_file)
    declared = raw.get("metadata_version")
    if declared not in VERSIONS:
        raise Refused(
            "metadata-version",
            f"The metadata is of version {shown(str(declared))}; versions 1.0 to 1.2 and 2.1 to 2.5 are understood.",
        )
    try:
        # Tools that wrote 1.x used fields of later versions; PyPI takes their files, so the field's own rules decide.
        by_rules_of = "2.1" if declared.startswith("1.") else declared
        Metadata.from_raw(cast("Any", {**raw, "metadata_version": by_rules_of}))
        project, version = parse_name(raw["name"]), parse_version(raw["version"])
    except ExceptionGroup as group:
        raise _invalid(group) from None
    except _HOSTILE_ERRORS as error:
        raise Refused("metadata-invalid", f"The metadata cannot be read: {shown(str(error))}.") from None
    require_rules(raw)
    description = _unfolded(raw.pop("description", ""))
    return CoreMetadata(
        project=project,
        display_name=raw["name"],
        version=version,
        requires_python=raw.get("requires_python"),
        fields=raw,
        description=description,
        content_type=raw.get("description_content_type", ""),
    )


def description_of(metadata_file: bytes) -> tuple[str, str]:
    """Return the description and its content type ("" when none is declared) of a metadata file.

    Refused when the file is malformed.
    """
    raw = _raw(metadata_file)
    return _unfolded(raw.get("description", "")), raw.get("description_content_type", "")


def _unfolded(description: str) -> str:
    """Return a description without the indent that old tools gave it to fit it into a header."""
    first, *rest = description.split("\n")
    # "any CRLF character has to be suffixed by 7 spaces followed by a pipe (“|”) char"; others took 8.
    if not rest or not all(line.startswith(_FOLDS) or not line.strip() for line in rest):
        return description
    return "\n".join([first, *(line[8:] for line in rest)])


def _raw(metadata_file: bytes) -> dict[str, Any]:
    """Return the fields as written, by their plural names; unknown fields and those that say nothing are left out."""
    _require_readable(metadata_file)
    try:
        parsed, unparsed = parse_email(metadata_file)
    except _HOSTILE_ERRORS:
        raise _malformed("it is no sequence of headers and a text") from None
    raw = cast("dict[str, Any]", {key: value for key, value in parsed.items() if _says(value)})
    # setuptools wrote License-File before it was specified; then it means nothing.
    if raw.get("metadata_version", "") < "2.4":
        raw.pop("license_files", None)
    for field in unparsed:
        if field.replace("-", "_") in Metadata.__dict__ or field in _PLURAL:
            raise _malformed(f"the field {shown(field)} is there twice, or is not UTF-8")
    for field, value in raw.items():
        longest = max(map(len, value), default=0) if isinstance(value, list | dict) else len(value)
        if longest > VALUE_LIMIT_CHARACTERS and field not in _LONG_FIELDS:
            raise _malformed(f"the field {field} has a value of more than {VALUE_LIMIT_CHARACTERS} characters")
    return raw


#: The header names of fields that have another name in the plural.
_PLURAL = frozenset({"classifier", "platform", "supported-platform", "project-url", "license-file"})


def _require_readable(metadata_file: bytes) -> None:
    """Refuse headers that would make an e-mail parser work long, or read the text as anything but plain UTF-8."""
    if b"\0" in metadata_file:
        raise _malformed("it has a NUL character")  # which PostgreSQL would not take either
    names = _header_names(metadata_file)
    if len(names) > HEADERS_LIMIT or len(set(names)) > HEADER_NAMES_LIMIT:
        raise _malformed(f"it has more than {HEADERS_LIMIT} headers, or more than {HEADER_NAMES_LIMIT} kinds of them")
    if any(name.startswith(b"content-") for name in names):
        raise _malformed("it has a Content- header, which no version of the metadata has")


@upholds("GEN-2.1")
def _header_names(metadata_file: bytes) -> list[bytes]:
    """Return the lower-case names of the headers, as often as they are there.

    Refused when a line before the first empty one is neither a header nor the continuation of one: readers differ in
    whether the headers end there, and so in what the file requires.
    """
    names: list[bytes] = []
    for line in io.BytesIO(metadata_file):
        plain = line.removesuffix(b"\n").removesuffix(b"\r") if line.endswith(b"\n") else line
        if not plain and names:
            break
        header = _HEADER.match(plain)
        if _OTHER_ENDS.search(plain) or not (header or (names and plain.startswith(_FOLDED_ON))):
            raise Refused(
                "metadata-ambiguous",
                f"The line {shown(plain.decode(errors='replace'))} of the metadata is no header that every reader "
                "would understand alike; build the file again.",
                principle="GEN-2.1",
            )
        if header:
            names.append(header[1].lower())
    return names


def _says(value: object) -> bool:
    return is_said(value) if isinstance(value, str) else True


def _invalid(group: Any) -> Refused:
    errors = sorted(f"{error.field}: {error}" for error in group.exceptions if isinstance(error, InvalidMetadata))
    return Refused("metadata-invalid", f"The metadata breaks its specification: {shown('; '.join(errors))}.")


def _malformed(why: str) -> Refused:
    return Refused("metadata-malformed", f"The metadata file is malformed: {why}; build the file again.")
