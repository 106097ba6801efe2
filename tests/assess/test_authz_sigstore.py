"""The run's own Sigstore, held against the real libraries: they believe what is honest, and nothing else.

Principles: AUTHZ-3.3
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from strongroom.assess.artefacts import wheel
from strongroom.assess.attesting import Lie, digests_in
from strongroom.assess.issuer import Publisher
from strongroom.assess.sigstore import PrivateSigstore
from strongroom.authz.build_identity import BuildIdentity
from strongroom.authz.provenance import Provenance
from strongroom.kernel.digests import Sha256
from strongroom.kernel.refusals import Refused
from strongroom.outbound.attesting import SigstoreVerifier

pytestmark = pytest.mark.principle("AUTHZ-3.3")

ISSUER = "http://127.0.0.1:4711"
BUILDER = Publisher("acme", "47", "anvil", "4711")
FILE = wheel("anvil", "1.0")


@pytest.fixture
def sigstore() -> PrivateSigstore:
    return PrivateSigstore(ISSUER, lambda: datetime.now(UTC))


def verified(
    folder: Path, sigstore: PrivateSigstore, publisher: Publisher = BUILDER, lie: Lie | None = None
) -> Provenance:  # fmt: skip
    (folder / "root.json").write_text(sigstore.trust_root)
    attestation = sigstore.attest(FILE, publisher, lie)
    fields = {
        "repository": f"{BUILDER.owner}/{BUILDER.repository}",
        "workflow": BUILDER.workflow,
        "repository_id": BUILDER.repository_id,
        "owner_id": BUILDER.owner_id,
    }
    identity = BuildIdentity("github", ISSUER, fields)
    verifier = SigstoreVerifier(folder / "root.json")
    said = json.dumps([attestation])
    return verifier.verify(said, FILE.filename, Sha256.of(FILE.content), identity, datetime.now(UTC))


def test_an_honest_attestation_is_believed_by_the_real_libraries(sigstore: PrivateSigstore, tmp_path: Path) -> None:
    found = verified(tmp_path, sigstore)
    assert found.publisher == "GitHub Actions, repository acme/anvil, workflow release.yml"
    assert list(digests_in(json.loads(found.document))) == [FILE.sha256]


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        (Lie.OTHER_FILE, "another"),
        (Lie.OTHER_PUBLISHER, "its repository is"),
        (Lie.OTHER_ROOT, "no authority that this repository trusts"),
        (Lie.CHANGED, "signature is not over its statement"),
    ],
)
def test_each_lie_is_refused_for_what_it_is(sigstore: PrivateSigstore, tmp_path: Path, lie: Lie, why: str) -> None:
    with pytest.raises(Refused, match="attestation-invalid") as refused:
        verified(tmp_path, sigstore, lie=lie)
    assert why in refused.value.says


def test_who_took_over_the_owners_name_is_not_who_built(sigstore: PrivateSigstore, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="attestation-invalid"):
        verified(tmp_path, sigstore, Publisher("acme", "4799", "anvil", "4711"))


def test_what_was_signed_long_ago_is_as_good_as_its_time(sigstore: PrivateSigstore, tmp_path: Path) -> None:
    earlier = PrivateSigstore(ISSUER, lambda: datetime.now(UTC) - timedelta(hours=3))
    assert verified(tmp_path, earlier).claim("build_trigger") == "push"


def test_the_trust_root_holds_no_private_key(sigstore: PrivateSigstore) -> None:
    assert "PRIVATE" not in sigstore.trust_root
    assert set(json.loads(sigstore.trust_root)) >= {"tlogs", "ctlogs", "certificateAuthorities"}
