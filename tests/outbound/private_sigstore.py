"""A private Sigstore: an authority and two logs, whose attestations the real libraries verify.

Everything is made in memory, with no network; `trusted_root` is what a repository is given to trust it. An attestation
may lie in every way that a forger could want.

Principles: AUTHZ-3.3
"""

import base64
import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pypi_attestations import AttestationType

from strongroom.authz.build_identity import BuildIdentity

PUBLISH = AttestationType.PYPI_PUBLISH_V1.value
SLSA = AttestationType.SLSA_PROVENANCE_V1.value
GITHUB = "https://token.actions.githubusercontent.com"
COMMIT = "4f1d3a5b" * 5
_ARC = "1.3.6.1.4.1.57264.1."
_EMBEDDED_SCTS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_PAYLOAD = b"application/vnd.in-toto+json"
_SHA256 = ec.ECDSA(hashes.SHA256())

Document = dict[str, Any]


@dataclass(frozen=True)
class Build:
    """A run of a workflow on a forge, as its identity token tells it to the authority. `claims` go over the others."""

    repository: str = "acme/anvil"
    workflow: str = "release.yml"
    ref: str = "refs/tags/v1.0"
    commit: str = COMMIT
    repository_number: str = "1001"
    trigger: str = "push"
    issuer: str = GITHUB
    server: str = "https://github.com"
    claims: Mapping[int, str] = field(default_factory=dict)

    @property
    def extensions(self) -> Mapping[int, str]:
        """What the certificate says, by the last number of each claim's OID."""
        here = f"{self.server}/{self.repository}"
        workflow = f"{here}/.github/workflows/{self.workflow}@{self.ref}"
        return {
            8: self.issuer,
            9: workflow,
            10: self.commit,
            11: "github-hosted",
            12: here,
            13: self.commit,
            14: self.ref,
            15: self.repository_number,
            16: here.rpartition("/")[0],
            17: "77",
            18: workflow,
            19: self.commit,
            20: self.trigger,
            21: f"{here}/actions/runs/4242/attempts/1",
            22: "public",
        } | dict(self.claims)

    @property
    def identity(self) -> BuildIdentity:
        """The trusted publisher whose build this is."""
        return BuildIdentity("github", self.issuer, {"repository": self.repository, "workflow": self.workflow})


@dataclass(frozen=True)
class Forgery:
    """What is wrong with an attestation; by default nothing.

    `signed_after` is how long after its certificate was issued it was signed; `log_key` signs the log's word, and
    `scts` False leaves the certificate log's word out.
    """

    signed_after: timedelta = timedelta(seconds=5)
    log_key: ec.EllipticCurvePrivateKey | None = None
    scts: bool = True
    has_promise: bool = True
    other_payload_in_log: bool = False
    other_key_signs: bool = False


HONEST = Forgery()


class PrivateSigstore:
    """An instance of its own: nobody trusts it but who is given its `trusted_root`."""

    def __init__(self, host: str = "sigstore.example", issued: datetime | None = None) -> None:
        self.host = host
        self.issued = issued or datetime.now(UTC).replace(microsecond=0)
        self.authority, self.certificate_log, self.signature_log = (_new_key() for _ in range(3))
        self.root_certificate = self._self_signed()

    def trusted_root(self) -> str:
        """Return the trust root of this instance, as its clients read it."""
        chain = {"certificates": [{"rawBytes": _b64(self.root_certificate.public_bytes(Encoding.DER))}]}
        always = {"start": "2021-01-01T00:00:00Z"}
        authority = {
            "subject": {"organization": self.host, "commonName": "sigstore"},
            "uri": f"https://fulcio.{self.host}",
            "certChain": chain,
            "validFor": always,
        }
        return json.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [_log(self.signature_log, f"https://rekor.{self.host}")],
                "ctlogs": [_log(self.certificate_log, f"https://ctfe.{self.host}")],
                "certificateAuthorities": [authority],
                "timestampAuthorities": [],
            }
        )

    def attest(
        self,
        filename: str,
        sha256: str,
        build: Build | None = None,
        forgery: Forgery = HONEST,
        predicate_type: str = PUBLISH,
        predicate: object = None,
        **statement: Any,
    ) -> Document:
        """Return an attestation (PEP 740) of one file. What else is given goes over the fields of the statement."""
        said = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": filename, "digest": {"sha256": sha256}}],
            "predicateType": predicate_type,
            "predicate": predicate,
        } | statement
        return self.signed(json.dumps(said, separators=(",", ":")).encode(), build, forgery)

    def signed(self, payload: bytes, build: Build | None = None, forgery: Forgery = HONEST) -> Document:
        """Return an attestation over any payload."""
        key = _new_key()
        certificate = self._leaf(key, build or Build(), forgery)
        encoded = b"DSSEv1 %d %s %d %s" % (len(_PAYLOAD), _PAYLOAD, len(payload), payload)
        signature = (_new_key() if forgery.other_key_signs else key).sign(encoded, _SHA256)
        logged = b"{}" if forgery.other_payload_in_log else payload
        return {
            "version": 1,
            "verification_material": {
                "certificate": _b64(certificate.public_bytes(Encoding.DER)),
                "transparency_entries": [self._entry(logged, signature, certificate, forgery)],
            },
            "envelope": {"statement": _b64(payload), "signature": _b64(signature)},
        }

    def _self_signed(self) -> x509.Certificate:
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.host),
                x509.NameAttribute(NameOID.COMMON_NAME, "sigstore"),
            ]
        )
        builder = x509.CertificateBuilder(
            name, name, self.authority.public_key(), x509.random_serial_number(), *_long_around(self.issued)
        )
        return (
            builder.add_extension(x509.BasicConstraints(True, 0), True)
            .add_extension(_usage(signs_certificates=True), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.authority.public_key()), False)
            .sign(self.authority, hashes.SHA256())
        )

    def _leaf(self, key: ec.EllipticCurvePrivateKey, build: Build, forgery: Forgery) -> x509.Certificate:
        public = key.public_key()
        builder = x509.CertificateBuilder(
            self.root_certificate.subject,
            x509.Name([]),
            public,
            x509.random_serial_number(),
            self.issued,
            self.issued + timedelta(minutes=10),
        )
        builder = (
            builder.add_extension(_usage(signs_certificates=False), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.authority.public_key()), False)
        )
        claims = build.extensions
        name = x509.UniformResourceIdentifier(claims.get(9, "https://nobody.example/"))
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), True)
        for number, value in claims.items():
            claim = x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{_ARC}{number}"), _der(0x0C, value.encode()))
            builder = builder.add_extension(claim, False)
        if forgery.scts:
            unsigned = builder.sign(self.authority, hashes.SHA256()).tbs_certificate_bytes
            scts = x509.UnrecognizedExtension(_EMBEDDED_SCTS, _der(0x04, self._timestamps(unsigned)))
            builder = builder.add_extension(scts, False)
        return builder.sign(self.authority, hashes.SHA256())

    def _timestamps(self, precertificate: bytes) -> bytes:
        """Return the list of one signed certificate timestamp over a precertificate (RFC 6962, 3.2 and 3.3)."""
        when = int(self.issued.timestamp() * 1000)
        issuer = hashlib.sha256(_spki(self.authority)).digest()
        signed = struct.pack(">BBQH", 0, 0, when, 1) + issuer
        signed += len(precertificate).to_bytes(3) + precertificate + b"\0\0"
        signature = self.certificate_log.sign(signed, _SHA256)
        log = hashlib.sha256(_spki(self.certificate_log)).digest()
        sct = b"\0" + log + struct.pack(">QH", when, 0) + b"\x04\x03" + struct.pack(">H", len(signature)) + signature
        listed = struct.pack(">H", len(sct)) + sct
        return struct.pack(">H", len(listed)) + listed

    def _entry(self, payload: bytes, signature: bytes, certificate: x509.Certificate, forgery: Forgery) -> Document:
        """Return the log's entry, the only one in a tree of its own, with promise, proof and checkpoint."""
        spoken: Document = {
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": {"algorithm": "sha256", "value": "0" * 64},
                "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
                "signatures": [
                    {"signature": _b64(signature), "verifier": _b64(certificate.public_bytes(Encoding.PEM))}
                ],
            },
        }
        body = rfc8785.dumps(spoken)
        key = forgery.log_key or self.signature_log
        log, root = hashlib.sha256(_spki(self.signature_log)).digest(), hashlib.sha256(b"\0" + body).digest()
        when = int((self.issued + forgery.signed_after).timestamp())
        note = f"rekor.{self.host} - 1\n1\n{_b64(root)}\n"
        signed = f"{note}\n\u2014 rekor.{self.host} {_b64(log[:4] + key.sign(note.encode(), _SHA256))}\n"
        promised = rfc8785.dumps({"body": _b64(body), "integratedTime": when, "logID": log.hex(), "logIndex": 7})
        promise = {"inclusionPromise": {"signedEntryTimestamp": _b64(key.sign(promised, _SHA256))}}
        return {
            "logIndex": "7",
            "logId": {"keyId": _b64(log)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(when),
            **(promise if forgery.has_promise else {}),
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": _b64(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": signed},
            },
            "canonicalizedBody": _b64(body),
        }


def as_field(*attestations: Document) -> str:
    """Return attestations as the form field of an upload holds them."""
    return json.dumps(list(attestations))


def with_statement(attestation: Document, payload: bytes) -> Document:
    """Return the attestation with another statement under the same signature."""
    return {**attestation, "envelope": {**attestation["envelope"], "statement": _b64(payload)}}


def with_entries(attestation: Document, entries: Sequence[Document]) -> Document:
    """Return the attestation with other entries of the log."""
    material = {**attestation["verification_material"], "transparency_entries": list(entries)}
    return {**attestation, "verification_material": material}


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _log(key: ec.EllipticCurvePrivateKey, url: str) -> Document:
    public = _spki(key)
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": _b64(public),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": "2021-01-01T00:00:00Z"},
        },
        "logId": {"keyId": _b64(hashlib.sha256(public).digest())},
    }


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    signs = signs_certificates
    return x509.KeyUsage(not signs, False, False, False, False, signs, signs, False, False)


def _long_around(when: datetime) -> tuple[datetime, datetime]:
    return when - timedelta(days=365), when + timedelta(days=3650)


def _der(tag: int, content: bytes) -> bytes:
    """Return content in DER, behind its tag and its length (X.690, 8.1.3)."""
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(size)]) + size + content


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def of(build: Build, **values: Any) -> Build:
    """Return the build with some of it changed."""
    return replace(build, **values)
