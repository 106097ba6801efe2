"""A Sigstore of a run's own: an authority and two logs in memory, whose attestations name builds that a run makes up.

It writes what the public one does (Fulcio's certificates, RFC 6962's timestamps, Rekor's entries), so that a target
verifies it as it verifies any other once its operator has trusted the root; nobody else believes a word of it.

Principles: AUTHZ-3.3
"""

import base64
import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from strongroom.assess.artefacts import Artefact, wheel
from strongroom.assess.attesting import Lie, pre_authentication_encoding, statement_of
from strongroom.assess.issuer import Publisher

_HOST: Final = "sigstore.invalid"
_CLAIM: Final = "1.3.6.1.4.1.57264.1."
_EMBEDDED_TIMESTAMPS: Final = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_UTF8_STRING, _OCTET_STRING = 0x0C, 0x04
_LIFE: Final = timedelta(minutes=10)
_SINCE: Final = {"start": "2021-01-01T00:00:00Z"}
_SHA256: Final = ec.ECDSA(hashes.SHA256())

_Key = ec.EllipticCurvePrivateKey


def _new_key() -> _Key:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class PrivateSigstore:
    """An attester (`Attester`) of builds whose identity tokens are of `issuer`; `now` is when they are signed."""

    issuer: str
    now: Callable[[], datetime]
    authority: _Key = field(default_factory=_new_key, repr=False)
    certificate_log: _Key = field(default_factory=_new_key, repr=False)
    signature_log: _Key = field(default_factory=_new_key, repr=False)

    @property
    def trust_root(self) -> str:
        """The instance's root, as clients of Sigstore read it (TrustedRoot 0.1, as JSON)."""
        authority = {
            "subject": {"organization": _HOST, "commonName": "sigstore"},
            "uri": f"https://fulcio.{_HOST}",
            "certChain": {"certificates": [{"rawBytes": _text(self._root().public_bytes(Encoding.DER))}]},
            "validFor": _SINCE,
        }
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [_log(self.signature_log, f"https://rekor.{_HOST}")],
                "ctlogs": [_log(self.certificate_log, f"https://ctfe.{_HOST}")],
                "certificateAuthorities": [authority],
                "timestampAuthorities": [],
            }
        )

    def attest(self, file: Artefact, publisher: Publisher, lie: Lie | None = None) -> Mapping[str, Any] | None:
        """Return an attestation (PEP 740) that the publisher built the file, or the lie that is asked for."""
        if lie is Lie.OTHER_ROOT:
            # Another instance, of the same names: nothing but its keys tells it from this one.
            return PrivateSigstore(self.issuer, self.now).attest(file, publisher)
        when = self.now().replace(microsecond=0)
        if lie is Lie.OTHER_PUBLISHER:
            publisher = replace(publisher, repository=f"{publisher.repository}-fork", repository_id="471199")
        key = _new_key()
        certificate = self._certificate(key, claims_of(publisher, self.issuer), when)
        payload = statement_of(wheel("another", "1.0") if lie is Lie.OTHER_FILE else file)
        signature = key.sign(pre_authentication_encoding(payload), _SHA256)
        entry = self._entry(payload, signature, certificate, when)
        statement = payload + b" " if lie is Lie.CHANGED else payload
        return {
            "version": 1,
            "verification_material": {
                "certificate": _text(certificate.public_bytes(Encoding.DER)),
                "transparency_entries": [entry],
            },
            "envelope": {"statement": _text(statement), "signature": _text(signature)},
        }

    def _root(self) -> x509.Certificate:
        named = ((NameOID.ORGANIZATION_NAME, _HOST), (NameOID.COMMON_NAME, "sigstore"))
        name = x509.Name([x509.NameAttribute(oid, value) for oid, value in named])
        public, today = self.authority.public_key(), self.now()
        builder = x509.CertificateBuilder(
            name, name, public, x509.random_serial_number(), today - timedelta(days=1), today + timedelta(days=30)
        )
        return (
            builder.add_extension(x509.BasicConstraints(True, 0), True)
            .add_extension(_usage(signs_certificates=True), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .sign(self.authority, hashes.SHA256())
        )

    def _certificate(self, key: _Key, claims: Mapping[int, str], when: datetime) -> x509.Certificate:
        """Return a certificate of ten minutes for a build's key, with its timestamp of the certificate log in it."""
        public = key.public_key()
        builder = x509.CertificateBuilder(
            self._root().subject, x509.Name([]), public, x509.random_serial_number(), when, when + _LIFE
        )
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.authority.public_key())
        builder = (
            builder.add_extension(_usage(signs_certificates=False), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(authority, False)
            .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(claims[9])]), True)
        )
        for number, value in claims.items():
            claim = _der(_UTF8_STRING, value.encode())
            builder = builder.add_extension(_extension(x509.ObjectIdentifier(f"{_CLAIM}{number}"), claim), False)
        unlogged = builder.sign(self.authority, hashes.SHA256()).tbs_certificate_bytes
        stamped = _der(_OCTET_STRING, self._timestamps(unlogged, when))
        return builder.add_extension(_extension(_EMBEDDED_TIMESTAMPS, stamped), False).sign(
            self.authority, hashes.SHA256()
        )

    def _timestamps(self, precertificate: bytes, when: datetime) -> bytes:
        """Return the list of one signed certificate timestamp over a precertificate (RFC 6962, 3.2 and 3.3)."""
        milliseconds = int(when.timestamp() * 1000)
        signed = struct.pack(">BBQH", 0, 0, milliseconds, 1) + hashlib.sha256(_public(self.authority)).digest()
        signed += len(precertificate).to_bytes(3, "big") + precertificate + b"\0\0"
        signature = self.certificate_log.sign(signed, _SHA256)
        log = hashlib.sha256(_public(self.certificate_log)).digest()
        head = b"\0" + log + struct.pack(">QH", milliseconds, 0)
        timestamp = head + b"\x04\x03" + struct.pack(">H", len(signature)) + signature
        listed = struct.pack(">H", len(timestamp)) + timestamp
        return struct.pack(">H", len(listed)) + listed

    def _entry(self, payload: bytes, signature: bytes, certificate: x509.Certificate, when: datetime) -> dict[str, Any]:
        """Return the signature log's entry, the only one in a tree of its own: promise, proof and checkpoint."""
        signed = {"signature": _text(signature), "verifier": _text(certificate.public_bytes(Encoding.PEM))}
        spoken = {
            "envelopeHash": {"algorithm": "sha256", "value": "0" * 64},
            "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
            "signatures": [signed],
        }
        body = _canonical({"apiVersion": "0.0.1", "kind": "dsse", "spec": spoken})
        log, root = hashlib.sha256(_public(self.signature_log)).digest(), hashlib.sha256(b"\0" + body).digest()
        seconds = int(when.timestamp())
        promised = {"body": _text(body), "integratedTime": seconds, "logID": log.hex(), "logIndex": 0}
        note = f"rekor.{_HOST} - 1\n1\n{_text(root)}\n"
        vouched = _text(log[:4] + self.signature_log.sign(note.encode(), _SHA256))
        checkpoint = f"{note}\n\u2014 rekor.{_HOST} {vouched}\n"
        return {
            "logIndex": "0",
            "logId": {"keyId": _text(log)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(seconds),
            "inclusionPromise": {"signedEntryTimestamp": _text(self.signature_log.sign(_canonical(promised), _SHA256))},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": _text(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": checkpoint},
            },
            "canonicalizedBody": _text(body),
        }


def claims_of(publisher: Publisher, issuer: str) -> Mapping[int, str]:
    """Return what a certificate says of a publisher's build, by the last number of each claim's OID (Fulcio)."""
    here = f"{issuer}/{publisher.owner}/{publisher.repository}"
    workflow = f"{here}/.github/workflows/{publisher.workflow}@refs/heads/main"
    commit = "0" * 40
    return {
        8: issuer, 9: workflow, 10: commit, 11: "github-hosted", 12: here, 13: commit, 14: "refs/heads/main",
        15: publisher.repository_id, 16: f"{issuer}/{publisher.owner}", 17: publisher.owner_id, 18: workflow,
        19: commit, 20: "push", 21: f"{here}/actions/runs/1/attempts/1", 22: "public",
    }  # fmt: skip


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    signs = signs_certificates
    return x509.KeyUsage(not signs, False, False, False, False, signs, signs, False, False)


def _extension(oid: x509.ObjectIdentifier, content: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(oid, content)


def _log(key: _Key, url: str) -> dict[str, Any]:
    public = _public(key)
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": _text(public), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": _SINCE},
        "logId": {"keyId": _text(hashlib.sha256(public).digest())},
    }


def _public(key: _Key) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _canonical(document: Mapping[str, Any]) -> bytes:
    """Return a document of ASCII text and whole numbers in its one form (RFC 8785)."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _der(tag: int, content: bytes) -> bytes:
    """Return content in DER, behind its tag and its length (X.690, 8.1.3)."""
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
