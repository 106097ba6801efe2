"""Attestations of builds, honest and dishonest, as probes ask for them; who makes them is a tool of the run.

Principles: AUTHZ-3.3
"""

import base64
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, Protocol

from strongroom.assess.artefacts import Artefact
from strongroom.assess.issuer import Publisher

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = "https://actions.github.io/buildtypes/workflow/v1"
PAYLOAD: Final = "application/vnd.in-toto+json"


class Lie(StrEnum):
    """What can be wrong with an attestation."""

    OTHER_FILE = "of another file"
    OTHER_PUBLISHER = "by another publisher"
    OTHER_ROOT = "whose key nobody vouches for"
    CHANGED = "that was changed after it was signed"


class Attester(Protocol):
    """Makes attestations that the target can verify. A lie that it cannot make gives None.

    `trust_root` is what the target's operator is to believe (JSON of a Sigstore's TrustedRoot), empty where it believes
    the attester already.
    """

    @property
    def trust_root(self) -> str:
        """What the target's operator is to believe."""

    def attest(self, file: Artefact, publisher: Publisher, lie: Lie | None = None) -> Mapping[str, Any] | None:
        """Return an attestation (PEP 740) that the publisher built the file; with a lie, one to be refused."""


def statement_of(file: Artefact) -> bytes:
    """Return the in-toto statement of how a file was built (SLSA provenance 1.0, no more than it must say)."""
    subject = [{"name": file.filename, "digest": {"sha256": file.sha256}}]
    predicate = {
        "buildDefinition": {"buildType": BUILD_TYPE, "externalParameters": {}},
        "runDetails": {"builder": {"id": "https://github.com/actions/runner/github-hosted"}},
    }
    said = {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": predicate}
    return json.dumps(said).encode()


def pre_authentication_encoding(payload: bytes) -> bytes:
    """Return the bytes that a DSSE signature is over."""
    # "PAE(type, body) = "DSSEv1" + SP + LEN(type) + SP + type + SP + LEN(body) + SP + body"
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD), PAYLOAD.encode(), len(payload), payload)


def digests_in(provenance: Any) -> Iterator[str]:
    """Yield the SHA-256, in hexadecimal, of every subject of every attestation of a provenance document (PEP 740)."""
    for bundle in _entries(provenance, "attestation_bundles"):
        for attestation in _entries(bundle, "attestations"):
            yield from _subjects(attestation)


def _entries(document: Any, name: str) -> list[Any]:
    found = document.get(name) if isinstance(document, Mapping) else None
    return found if isinstance(found, list) else []


def _subjects(attestation: Any) -> Iterator[str]:
    envelope = attestation.get("envelope") if isinstance(attestation, Mapping) else None
    try:
        statement = json.loads(base64.b64decode(str((envelope or {}).get("statement", "")), validate=True))
    except (ValueError, AttributeError, RecursionError):
        return
    for subject in _entries(statement, "subject"):
        digest = subject.get("digest") if isinstance(subject, Mapping) else None
        if isinstance(digest, Mapping):
            yield str(digest.get("sha256", ""))
