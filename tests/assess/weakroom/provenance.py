"""Attestations of the room: verified on entry, bound to file and publisher, served and shown.

The room's attester vouches for a build's key as Sigstore does for real ones: its root signs a certificate that names
the publisher, and the key of the certificate signs the statement, in the shape of DSSE.

Principles: none
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from tests.assess.weakroom.packages import Attempt, Project, Upload, check, part, project_of
from tests.assess.weakroom.room import TOOLS, No, Request, Room, flaw, route

from strongroom.assess.artefacts import Artefact, wheel
from strongroom.assess.attesting import Lie, pre_authentication_encoding, statement_of
from strongroom.assess.issuer import Publisher

OF_OTHER_FILES = flaw("AUTHZ-3.3a takes-attestations-of-other-files")
BY_OTHERS = flaw("AUTHZ-3.3a takes-attestations-by-other-publishers")
OTHER_ROOTS = flaw("AUTHZ-3.3a takes-attestations-of-other-roots")
CHANGED = flaw("AUTHZ-3.3a takes-changed-attestations")
NOT_SERVED = flaw("AUTHZ-3.3a does-not-serve-provenance")
NOT_SHOWN = flaw("AUTHZ-3.3a does-not-show-provenance")


class Roots(list[bytes]):
    """The public keys that may vouch for the keys of builds."""


@dataclass(frozen=True)
class RootedAttester:
    """An attester whose root some repository trusts."""

    root: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate, repr=False)
    trust_root: str = ""

    def attest(self, file: Artefact, publisher: Publisher, lie: Lie | None = None) -> Mapping[str, Any] | None:
        """Return an attestation, or the lie that is asked for."""
        key = Ed25519PrivateKey.generate()
        root = Ed25519PrivateKey.generate() if lie is Lie.OTHER_ROOT else self.root
        repository = f"{publisher.owner}/{publisher.repository}"
        vouched = {
            "repository": f"{repository}-fork" if lie is Lie.OTHER_PUBLISHER else repository,
            "workflow": publisher.workflow,
            "key": _text(key.public_key().public_bytes_raw()),
        }
        certificate = json.dumps(vouched).encode()
        signed = statement_of(wheel("another", "1.0") if lie is Lie.OTHER_FILE else file)
        signature = key.sign(pre_authentication_encoding(signed))
        statement = statement_of(file) + b" " if lie is Lie.CHANGED else signed
        return {
            "version": 1,
            "verification_material": {"certificate": _text(certificate), "voucher": _text(root.sign(certificate))},
            "envelope": {"statement": _text(statement), "signature": _text(signature)},
        }


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


@cache
def attester_of_tests() -> RootedAttester:
    """Return the attester; its root is made once."""
    return RootedAttester()


def _attester(room: Room) -> RootedAttester:
    found = attester_of_tests()
    room.shelf(Roots).append(found.root.public_key().public_bytes_raw())
    return found


TOOLS["attester"] = _attester


@check
def attestations_hold(room: Room, attempt: Attempt) -> None:
    """Refuse a file with an attestation that is not of this file, by its publisher, under a root that is trusted."""
    sent = json.loads(attempt.upload.fields.get("attestations", "[]"))
    if sent and attempt.token.publisher is None:
        raise No(400, "attestations-come-from-publishers")
    for attestation in sent:
        _require_honest(room, attempt, attestation)
    attempt.upload.provenance = sent


def _require_honest(room: Room, attempt: Attempt, attestation: dict[str, Any]) -> None:
    material, envelope = attestation["verification_material"], attestation["envelope"]
    certificate, statement = base64.b64decode(material["certificate"]), base64.b64decode(envelope["statement"])
    vouched = json.loads(certificate)
    roots = room.shelf(Roots)
    if not any(_is_by(root, material["voucher"], certificate) for root in roots) and not room.has(OTHER_ROOTS):
        raise No(400, "nobody-vouches-for-this-key")
    trusted = attempt.token.publisher
    if (vouched["repository"], vouched["workflow"]) != (trusted.place, trusted.workflow) and not room.has(BY_OTHERS):
        raise No(400, "attested-by-another-publisher")
    spoken, key = pre_authentication_encoding(statement), base64.b64decode(vouched["key"])
    if not _is_by(key, envelope["signature"], spoken) and not room.has(CHANGED):
        raise No(400, "changed-after-signing")
    subject = {"name": attempt.upload.filename, "digest": {"sha256": attempt.upload.sha256}}
    if json.loads(statement)["subject"] != [subject] and not room.has(OF_OTHER_FILES):
        raise No(400, "attests-another-file")


def _is_by(public: bytes, signature: str, content: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature), content)
    except InvalidSignature:
        return False
    return True


@route("GET", "/integrity/{project}/{version}/{filename}/provenance")
def provenance(room: Room, request: Request, project: str, version: str, filename: str) -> Any:
    """Serve the attestations of a file (PEP 740)."""
    upload: Upload | None = project_of(room, project).files.get(filename)
    if upload is None or not upload.provenance or room.has(NOT_SERVED):
        raise No(404, "no-provenance")
    bundle = {"publisher": {"kind": "test"}, "attestations": upload.provenance}
    return {"version": 1, "attestation_bundles": [bundle]}


@part
def built_from(room: Room, project: Project, version: str) -> str:
    """Show from which repository each file was built."""
    shown = []
    for upload in project.served(version):
        for attestation in () if room.has(NOT_SHOWN) else upload.provenance:
            vouched = json.loads(base64.b64decode(attestation["verification_material"]["certificate"]))
            shown.append(f"<p>{escape(upload.filename)} was built from {escape(vouched['repository'])}</p>")
    return "".join(shown)
