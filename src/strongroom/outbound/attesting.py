"""Verification of attestations with Sigstore against one trust root, offline: nobody is asked, nothing is written.

The libraries take most of a second and tens of megabytes to import: they are, with the first attestation.

Principles: AUTHZ-3.3
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from strongroom.authz.build_identity import (
    CLAIMS,
    SUBJECT,
    BuildIdentity,
    expectations,
    publisher_object,
    require_built_by,
    said_of,
    shown,
)
from strongroom.authz.provenance import Provenance, require_publisher
from strongroom.formats.pypi.integrity import (
    Attestation,
    attestation_object,
    provenance_object,
    read_attestations,
    require_about,
)
from strongroom.kernel.digests import Sha256
from strongroom.kernel.refusals import Refused
from strongroom.outbound.trust_roots import TrustRoots
from strongroom.principles import upholds

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.verify import Verifier

_ARC: Final = "1.3.6.1.4.1.57264.1."
_UTF8_STRING: Final = 0x0C
_PAYLOAD: Final = "application/vnd.in-toto+json"

#: What the library says when a check fails, what that means, and what to do. The first that is found in it counts.
_MEANINGS: Final[Sequence[tuple[str, str, str]]] = (
    (
        "expired at time of signing",
        "it was signed when its certificate was not valid",
        "Attest again: a certificate lives for ten minutes",
    ),
    (
        "failed to verify SCT",
        "no certificate log that this repository trusts has its certificate",
        "Sign with the Sigstore whose trust root is set here",
    ),
    (
        "DSSE: invalid signature",
        "its signature is not over its statement: one of them was changed afterwards",
        "Attest the file again, and send what the tool made as it is",
    ),
    (
        "payload hash does not match",
        "its log entry is of another statement",
        "Attest the file again, and send what the tool made as it is",
    ),
    (
        "signatures do not match",
        "its log entry is of another signature",
        "Attest the file again, and send what the tool made as it is",
    ),
    (
        "inconsistent with other materials",
        "its log entry is of another signature",
        "Attest the file again, and send what the tool made as it is",
    ),
    (
        "not enough sources of verified time",
        "nothing that can be trusted says when it was signed",
        "Sign with a client that asks the log for an inclusion promise",
    ),
    (
        "invalid log entry",
        "the log whose entry it carries is none that this repository trusts, or has not signed that entry",
        "Sign with the Sigstore whose trust root is set here",
    ),
)


class _Policy:
    """Holds the certificate's claims against the identity, and remembers them."""

    def __init__(self, identity: BuildIdentity) -> None:
        self._identity: Final = identity
        self.claims: Mapping[str, str] = {}

    def verify(self, cert: "Certificate") -> None:
        """Refuse a certificate of another identity; its chain and its log were verified before this is called."""
        self.claims = claims_of(cert)
        require_built_by(self._identity, self.claims)


class SigstoreVerifier:
    """The `AttestationVerifier` on Sigstore.

    `trust_root` None: the public good instance's, as its client ships it. `folder`: where further ones lie.
    """

    def __init__(self, trust_root: Path | None = None, folder: Path | None = None) -> None:
        self._roots: Final = TrustRoots(trust_root, folder)
        self.root_names: Final = self._roots.names

    def verify(
        self, attestations: str, filename: str, sha256: Sha256, identity: BuildIdentity | None, now: datetime
    ) -> Provenance:
        """Return what the attestations prove of this file; Refused for the first check that fails (AUTHZ-3.3)."""
        publisher = require_publisher(identity)
        expectations(publisher, {})  # refuses a publisher that no certificate can name, before anything costs
        found = read_attestations(attestations)
        from pypi_attestations import AttestationType

        types = [
            require_about(each, filename, sha256, [t.value for t in AttestationType]).predicate_type for each in found
        ]
        if len(set(types)) < len(types):
            raise _refused("there are two of one predicate type", "Send one attestation of each type")
        log = found[0].entry.get("logId")
        root = self._roots.root_of(log.get("keyId") if isinstance(log, Mapping) else None)
        proved = [_prove(root.verifier, each, publisher) for each in found]
        claims = proved[0][1]
        commit = "source_repository_digest"
        if any(each.get(commit) != claims.get(commit) for _, each in proved):
            raise _refused("the two attestations are of different commits", "Make both in the same run")
        return Provenance(
            document=provenance_object(publisher_object(publisher), [attestation for attestation, _ in proved]),
            publisher=said_of(publisher),
            predicate_types=tuple(types),
            claims=claims,
            log_index=int(proved[0][0].entry["logIndex"]),
            verified=now,
            trust_root=root.digest,
        )


def claims_of(certificate: "Certificate") -> Mapping[str, str]:
    """Return what a signing certificate claims, by name; ValueError when it is malformed."""
    from cryptography.x509 import RFC822Name, SubjectAlternativeName, UniformResourceIdentifier, UnrecognizedExtension

    claims: dict[str, str] = {}
    for extension in certificate.extensions:
        value, number = extension.value, extension.oid.dotted_string.removeprefix(_ARC)
        if isinstance(value, UnrecognizedExtension) and number.isdigit() and int(number) in CLAIMS:
            claims[CLAIMS[int(number)]] = _utf8_string(value.value)
        if isinstance(value, SubjectAlternativeName):
            names = [*value.get_values_for_type(UniformResourceIdentifier), *value.get_values_for_type(RFC822Name)]
            if len(names) == 1:
                claims[SUBJECT] = names[0]
    return claims


@upholds("AUTHZ-3.3a")
def _prove(
    verifier: "Verifier", attestation: Attestation, identity: BuildIdentity
) -> tuple[Attestation, Mapping[str, str]]:
    """Return the attestation as it was verified, and the claims of its certificate; Refused when it proves nothing.

    Certificate, certificate log, signature, log entry: each must be of the trust root (AUTHZ-3.3 a).
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.x509 import DuplicateExtension, ExtensionNotFound, InvalidVersion
    from pypi_attestations import Attestation as Wire
    from sigstore.errors import Error as SigstoreError

    policy = _Policy(identity)
    try:
        bundle = Wire.model_validate_json(orjson.dumps(attestation_object(attestation))).to_bundle()
        kind, payload = verifier.verify_dsse(bundle, policy)
        entry = Wire.from_bundle(bundle).verification_material.transparency_entries[0]
    except (SigstoreError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise _explained(error, attestation) from None
    except (DuplicateExtension, ExtensionNotFound, InvalidVersion) as error:
        raise _explained(error, attestation) from None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, OSError) as error:
        # Strangers choose every field, and the libraries do not look at all of them before they use them.
        raise _explained(error, attestation) from None
    if kind != _PAYLOAD or payload != attestation.statement:
        raise _refused("what is signed is not its statement", "Send attestations whole, as tools make them")
    # What nobody looked at is not served: only what the library has read of the entry is kept.
    return replace(attestation, entry=dict(entry)), policy.claims


def _explained(error: Exception, attestation: Attestation) -> Refused:
    from sigstore.errors import CertValidationError

    if isinstance(error, CertValidationError):
        if _is_out_of_time(attestation):
            return _refused(_MEANINGS[0][1], _MEANINGS[0][2])
        return _refused(
            "its certificate was issued by no authority that this repository trusts",
            "Sign with the Sigstore whose trust root is set here",
        )
    said = str(error)
    for fragment, meaning, to_do in _MEANINGS:
        if fragment in said:
            return _refused(meaning, to_do)
    return _refused(
        f"it is not well-formed ({type(error).__name__}: {shown(said)})", "Send attestations whole, as tools make them"
    )


def _is_out_of_time(attestation: Attestation) -> bool:
    """Report whether the log's time of the signature lies outside the time for which the certificate was issued."""
    from cryptography.x509 import load_der_x509_certificate

    certificate = load_der_x509_certificate(attestation.certificate)
    when = datetime.fromtimestamp(int(attestation.entry.get("integratedTime", 0)), UTC)
    return not certificate.not_valid_before_utc <= when <= certificate.not_valid_after_utc


def _utf8_string(der: bytes) -> str:
    """Return a DER UTF8String (X.690); ValueError when it is none."""
    if len(der) < 2 or der[0] != _UTF8_STRING:
        raise ValueError("a claim is no UTF8String")
    length, at = der[1], 2
    if length & 0x80:
        at += length & 0x7F
        length = int.from_bytes(der[2:at])
    if len(der) != at + length:
        raise ValueError("a claim has another length than it says")
    return der[at:].decode()


def _refused(failed: str, to_do: str) -> Refused:
    return Refused("attestation-invalid", f"An attestation was refused: {failed}. {to_do}.", principle="AUTHZ-3.3")
