"""Several Sigstores are believed, each wholly and by itself; who is believed changes while the server runs.

Principles: AUTHZ-3.3
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.outbound.private_sigstore import Build, Forgery, PrivateSigstore, as_field

from strongroom.kernel.digests import Sha256
from strongroom.kernel.refusals import Refused
from strongroom.outbound import trust_roots
from strongroom.outbound.attesting import SigstoreVerifier

pytestmark = pytest.mark.principle("AUTHZ-3.3")

WHEEL, DIGEST = "anvil-1.0-py3-none-any.whl", Sha256.of(b"iron")


@pytest.fixture(scope="module")
def ours() -> PrivateSigstore:
    return PrivateSigstore("sigstore.acme.example")


@pytest.fixture(scope="module")
def theirs() -> PrivateSigstore:
    return PrivateSigstore("sigstore.elsewhere.example")


def verified(verifier: SigstoreVerifier, sigstore: PrivateSigstore, forgery: Forgery | None = None) -> str:
    attestation = sigstore.attest(WHEEL, DIGEST.hex, forgery=forgery or Forgery())
    return verifier.verify(as_field(attestation), WHEEL, DIGEST, Build().identity, datetime.now(UTC)).trust_root


def test_a_further_sigstore_is_believed_from_when_it_is_trusted_until_it_is_not(
    tmp_path: Path, ours: PrivateSigstore, theirs: PrivateSigstore
) -> None:
    first, folder = tmp_path / "root.json", tmp_path / "sigstores"
    first.write_text(ours.trusted_root())
    verifier = SigstoreVerifier(first, folder)
    with pytest.raises(Refused, match="attestation-invalid"):
        verified(verifier, theirs)
    trust_roots.trust(folder, "elsewhere", theirs.trusted_root())
    assert verified(verifier, theirs) == Sha256.of(theirs.trusted_root().encode()).hex
    assert verified(verifier, ours) == Sha256.of(ours.trusted_root().encode()).hex
    assert trust_roots.trusted(folder) == ["elsewhere"]
    assert trust_roots.distrust(folder, "elsewhere")
    assert not trust_roots.distrust(folder, "elsewhere")
    with pytest.raises(Refused, match="attestation-invalid"):
        verified(verifier, theirs)


def test_what_ships_with_the_client_is_still_believed_beside_another(tmp_path: Path, ours: PrivateSigstore) -> None:
    folder = tmp_path / "sigstores"
    trust_roots.trust(folder, "acme", ours.trusted_root())
    roots = trust_roots.TrustRoots(None, folder)
    assert (
        roots.root_of("of nobody").digest
        == roots.root_of(None).digest
        != verified(SigstoreVerifier(None, folder), ours)
    )


def test_no_sigstore_vouches_with_the_log_of_another(
    tmp_path: Path, ours: PrivateSigstore, theirs: PrivateSigstore
) -> None:
    folder = tmp_path / "sigstores"
    for name, each in (("ours", ours), ("theirs", theirs)):
        trust_roots.trust(folder, name, each.trusted_root())
    mixed = PrivateSigstore("sigstore.acme.example")
    mixed.authority, mixed.root_certificate = ours.authority, ours.root_certificate
    mixed.certificate_log, mixed.signature_log = ours.certificate_log, theirs.signature_log
    with pytest.raises(Refused, match="attestation-invalid"):
        verified(SigstoreVerifier(None, folder), mixed)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"tlogs": 1}', "x" * 100])
def test_what_is_no_trust_root_is_not_trusted_and_leaves_nothing_behind(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        trust_roots.trust(tmp_path, "acme", text)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../acme", "Acme", "a/b", "-acme", "a" * 64])
def test_a_name_is_no_path(tmp_path: Path, ours: PrivateSigstore, name: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        trust_roots.trust(tmp_path, name, ours.trusted_root())


def test_while_one_cannot_be_read_nothing_is_believed(tmp_path: Path, ours: PrivateSigstore) -> None:
    trust_roots.trust(tmp_path, "acme", ours.trusted_root())
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(Refused, match="trust-root-unreadable"):
        verified(SigstoreVerifier(None, tmp_path), ours)
