"""Attestations and provenance objects as PEP 740 writes them: read without belief, written of what was verified.

Principles: AUTHZ-3.3
"""

import base64
import binascii
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from strongroom.formats.pypi.archives.paths import shown
from strongroom.formats.pypi.filenames import parse_filename
from strongroom.kernel.digests import Sha256
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

INTEGRITY_TYPE: Final = "application/vnd.pypi.integrity.v1+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
SLSA: Final = "https://slsa.dev/provenance/v1"
#: How the address of the predicate ends that says no more than: this publisher published this file.
PUBLISH_PATH: Final = "/attestations/publish/v1"

#: One attestation has about 6 KiB; with a large SLSA predicate, some dozens.
LONGEST_BYTES: Final = 256 * 1024
MOST: Final = 2
DEEPEST: Final = 64


@dataclass(frozen=True, slots=True)
class Attestation:
    """One attestation, taken apart. Nothing in it is verified: `statement` is what `signature` is said to be over.

    `certificate` is DER; `entry` the one entry of the transparency log, in the words of Sigstore's protocol.
    """

    certificate: bytes
    entry: Mapping[str, Any]
    statement: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What a statement says, once it is known to speak of the file at hand."""

    predicate_type: str
    predicate: object


def read_attestations(text: str) -> tuple[Attestation, ...]:
    """Return the attestations in an upload's form field: a JSON list of one or two; Refused when it is no such list."""
    raw = text.encode(errors="replace")
    if len(raw) > LONGEST_BYTES:
        raise _refused(f"the field attestations has more than {LONGEST_BYTES} bytes", "Send one or two attestations")
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise _refused("the field attestations is no JSON", "It is a list of attestations (PEP 740)") from None
    if not isinstance(found, list) or not 0 < len(found) <= MOST:
        raise _refused(
            "the field attestations is no list of one or two",
            "Send one attestation of each predicate type, or leave the field out",
        )
    if _is_deep(found):
        raise _refused(
            f"the field attestations is nested deeper than {DEEPEST}", "Send attestations as tools make them"
        )
    return tuple(_read(each) for each in found)


@upholds("AUTHZ-3.3a")
def require_about(attestation: Attestation, filename: str, sha256: Sha256, predicate_types: Collection[str]) -> Said:
    """Return what the statement says; Refused when it does not speak of exactly this file, or of another matter.

    This is what binds an attestation to the bytes: replayed on another file it is refused (AUTHZ-3.3 a).
    """
    statement = _statement(attestation.statement)
    subjects = statement.get("subject")
    if not isinstance(subjects, list) or len(subjects) != 1 or not isinstance(subjects[0], dict):
        many = len(subjects) if isinstance(subjects, list) else "no list of"
        raise _refused(f"its statement has {many} subjects; expected exactly one", "Attest each file on its own")
    name, digests = subjects[0].get("name"), subjects[0].get("digest")
    if not isinstance(name, str) or not _is_same_file(name, filename):
        raise _refused(
            f"its statement is about {shown(str(name))}, not about {filename}",
            "Send each file with its own attestation",
        )
    digest = digests.get("sha256") if isinstance(digests, dict) else None
    if digest != sha256.hex:
        raise _refused(
            f"its statement is about a file with SHA-256 {shown(str(digest))}; the one that arrived has {sha256.hex!r}",
            "Attest the very file that you upload, after its last change",
        )
    kind, predicate = statement.get("predicateType"), statement.get("predicate")
    if not isinstance(kind, str) or kind not in predicate_types:
        raise _refused(
            f"its predicate type is {shown(str(kind))}; expected one of {', '.join(sorted(predicate_types))}",
            "Make it with a tool that attests for package indexes",
        )
    if kind.endswith(PUBLISH_PATH) and predicate not in (None, {}):
        raise _refused("a publish attestation has an empty predicate, and this has more", "Attest that as another type")
    return Said(kind, predicate)


def provenance_object(publisher: Mapping[str, object], attestations: Sequence[Attestation]) -> str:
    """Return the provenance object of a file (PEP 740), as JSON: one publisher and the attestations it sent."""
    bundle = {"publisher": publisher, "attestations": [attestation_object(each) for each in attestations]}
    return orjson.dumps({"version": 1, "attestation_bundles": [bundle]}).decode()


def provenance_path(project: ProjectName, version: str, filename: str) -> str:
    """Return where a file's provenance object is served, from the root of the site."""
    return f"integrity/{project}/{version}/{filename}/provenance"


def kind_of(predicate_type: str) -> str:
    """Return in words what an attestation of this type says."""
    if predicate_type == SLSA:
        return "build provenance (SLSA)"
    return "publish attestation" if predicate_type.endswith(PUBLISH_PATH) else predicate_type


def attestation_object(attestation: Attestation) -> dict[str, object]:
    """Return an attestation as PEP 740 writes it: base64 in one line."""
    return {
        "version": 1,
        "verification_material": {
            "certificate": base64.b64encode(attestation.certificate).decode(),
            "transparency_entries": [dict(attestation.entry)],
        },
        "envelope": {
            "statement": base64.b64encode(attestation.statement).decode(),
            "signature": base64.b64encode(attestation.signature).decode(),
        },
    }


def _read(found: object) -> Attestation:
    if not isinstance(found, dict) or found.get("version") != 1 or found.get("version") is True:
        raise _refused("it is no attestation of version 1", "Make it with a tool that knows PEP 740")
    material, envelope = found.get("verification_material"), found.get("envelope")
    if not isinstance(material, dict) or not isinstance(envelope, dict):
        raise _refused("it lacks verification_material or envelope", "Send attestations whole, as tools make them")
    # PEP 740: "transparency_entries … is a list of one or more". Only one is ever verified, so only one is taken: what
    # nobody has verified is not served as if somebody had.
    entries = material.get("transparency_entries")
    if not isinstance(entries, list) or len(entries) != 1 or not isinstance(entries[0], dict):
        raise _refused(
            "it needs exactly one entry of the transparency log", "Sign with a client that records the signature"
        )
    return Attestation(
        _bytes(material, "certificate"), entries[0], _bytes(envelope, "statement"), _bytes(envelope, "signature")
    )


def _bytes(part: Mapping[str, Any], name: str) -> bytes:
    value = part.get(name)
    try:
        # Some tools break lines every 76 characters.
        return base64.b64decode("".join(value.split()), validate=True) if isinstance(value, str) and value else _none()
    except (binascii.Error, ValueError):
        raise _refused(f"its {name} is missing or no base64", "Send attestations whole, as tools make them") from None


def _none() -> bytes:
    raise ValueError("nothing")


def _statement(raw: bytes) -> Mapping[str, Any]:
    try:
        statement = orjson.loads(raw)
    except orjson.JSONDecodeError:
        statement = None
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT_TYPE:
        raise _refused(f"what it signs is no statement of type {STATEMENT_TYPE}", "Make it with a tool for PEP 740")
    return statement


def _is_same_file(said: str, filename: str) -> bool:
    """Report whether a subject's name is the file's, also where the same name is written otherwise."""
    if said == filename:
        return True
    try:
        return parse_filename(said).slot == parse_filename(filename).slot
    except ValueError:
        return False


def _is_deep(found: object) -> bool:
    level = [found]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def _refused(failed: str, to_do: str) -> Refused:
    return Refused("attestation-invalid", f"An attestation was refused: {failed}. {to_do}.", principle="AUTHZ-3.3")
