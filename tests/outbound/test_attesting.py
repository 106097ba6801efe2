"""Attestations are verified by the real libraries against a trust root, offline, and only what was verified is kept.

Principles: AUTHZ-3.3
"""

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypi_attestations import Attestation as Wire
from pypi_attestations import Provenance as WireProvenance
from tests.outbound.private_sigstore import COMMIT, SLSA, Build, Document, PrivateSigstore, as_field

from strongroom.authz.build_identity import BuildIdentity
from strongroom.authz.provenance import Builder, Provenance
from strongroom.formats.pypi.integrity import LONGEST_BYTES
from strongroom.kernel.digests import Sha256
from strongroom.kernel.refusals import Refused
from strongroom.outbound.attesting import SigstoreVerifier

pytestmark = pytest.mark.principle("AUTHZ-3.3")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
WHEEL, SDIST = "anvil-1.0-py3-none-any.whl", "anvil-1.0.tar.gz"
DIGEST = Sha256.of(b"iron")
PUBLIC = Path(__file__).parents[2] / "vectors" / "attestations"


@pytest.fixture(scope="module")
def sigstore() -> PrivateSigstore:
    return PrivateSigstore()


@pytest.fixture
def root(sigstore: PrivateSigstore, tmp_path: Path) -> Path:
    path = tmp_path / "trusted_root.json"
    path.write_text(sigstore.trusted_root())
    return path


def verified(
    verifier: SigstoreVerifier, *attestations: Document, build: Build | None = None, filename: str = WHEEL
) -> Provenance:
    return verifier.verify(as_field(*attestations), filename, DIGEST, (build or Build()).identity, NOW)


def test_an_honest_attestation_says_who_built_the_file_from_which_commit_and_when_it_was_verified(
    sigstore: PrivateSigstore, root: Path
) -> None:
    found = verified(SigstoreVerifier(root), sigstore.attest(WHEEL, DIGEST.hex))
    assert found.publisher == "GitHub Actions, repository acme/anvil, workflow release.yml"
    assert found.claim("source_repository_digest") == COMMIT
    assert found.claim("run_invocation_uri") == "https://github.com/acme/anvil/actions/runs/4242/attempts/1"
    assert found.verified == NOW
    assert found.trust_root == Sha256.of(root.read_bytes()).hex
    assert found.log_index == 7
    assert found.builder == Builder(
        "https://token.actions.githubusercontent.com",
        "https://github.com/acme/anvil",
        ".github/workflows/release.yml",
        "1001",
    )


def test_a_build_provenance_may_come_beside_the_publish_attestation(sigstore: PrivateSigstore, root: Path) -> None:
    both = [
        sigstore.attest(WHEEL, DIGEST.hex),
        sigstore.attest(WHEEL, DIGEST.hex, predicate_type=SLSA, predicate={"buildDefinition": {}}),
    ]
    found = verified(SigstoreVerifier(root), *both)
    assert len(found.predicate_types) == len(json.loads(found.document)["attestation_bundles"][0]["attestations"]) == 2


def test_what_is_kept_is_what_other_clients_read_and_verifies_again(sigstore: PrivateSigstore, root: Path) -> None:
    verifier = SigstoreVerifier(root)
    document = verified(verifier, sigstore.attest(WHEEL, DIGEST.hex)).document
    read = WireProvenance.model_validate_json(document)
    assert read.attestation_bundles[0].publisher.kind == "GitHub"
    again = json.loads(document)["attestation_bundles"][0]["attestations"]
    assert verified(verifier, *again).document == document
    # In one line: strict readers take no other base64.
    assert base64.b64decode(again[0]["envelope"]["statement"], validate=True).startswith(b"{")
    assert isinstance(Wire.model_validate(again[0]), Wire)


def test_a_name_written_otherwise_is_the_same_file(sigstore: PrivateSigstore, root: Path) -> None:
    found = verified(SigstoreVerifier(root), sigstore.attest("Anvil-1.0.tar.gz", DIGEST.hex), filename=SDIST)
    assert found.claim("source_repository_ref") == "refs/tags/v1.0"


def test_a_trust_root_that_was_replaced_is_read_again(sigstore: PrivateSigstore, root: Path) -> None:
    verifier, other = SigstoreVerifier(root), PrivateSigstore("sigstore.elsewhere.example")
    verified(verifier, sigstore.attest(WHEEL, DIGEST.hex))
    replaced = root.with_suffix(".new")
    replaced.write_text(other.trusted_root())
    replaced.replace(root)
    assert verified(verifier, other.attest(WHEEL, DIGEST.hex)).log_index == 7
    with pytest.raises(Refused, match="issued by no authority that this repository trusts"):
        verified(verifier, sigstore.attest(WHEEL, DIGEST.hex))


@pytest.mark.parametrize("content", [None, "", "{}", "[1]", "{not json", '{"mediaType": "x"}', "x" * 5_000_000])
def test_without_a_trust_root_nothing_is_believed_and_the_operator_is_named(
    sigstore: PrivateSigstore, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "root.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Refused, match=r"trust-root-unreadable.*provenance\.trust_root"):
        verified(SigstoreVerifier(path), sigstore.attest(WHEEL, DIGEST.hex))


@pytest.mark.parametrize("provider", ["github", "gitlab", "circleci", "google"])
def test_real_attestations_of_public_builds_are_verified_against_the_bundled_root(provider: str) -> None:
    real = json.loads((PUBLIC / f"{provider}.json").read_text())
    identity = BuildIdentity(real["provider"], real["issuer"], real["fields"])
    found = SigstoreVerifier().verify(
        json.dumps(real["attestations"]), real["filename"], Sha256(real["sha256"]), identity, NOW
    )
    assert found.claim("issuer") == real["issuer"]
    assert found.builder.workflow
    WireProvenance.model_validate_json(found.document)


def test_a_real_attestation_of_another_repository_is_refused_by_the_number_of_its_repository_alone() -> None:
    real = json.loads((PUBLIC / "github.json").read_text())
    identity = BuildIdentity("github", real["issuer"], real["fields"] | {"repository_id": "1"})
    with pytest.raises(Refused, match="its repository number is 772247423; expected 1"):
        SigstoreVerifier().verify(
            json.dumps(real["attestations"]), real["filename"], Sha256(real["sha256"]), identity, NOW
        )


def test_the_libraries_are_imported_with_the_first_attestation_and_nothing_is_written_to_a_home() -> None:
    script = (
        "import json, sys\n"
        "import strongroom.app\n"
        "assert not {'sigstore', 'pypi_attestations', 'tuf'} & set(sys.modules)\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from strongroom.authz.build_identity import BuildIdentity\n"
        "from strongroom.kernel.digests import Sha256\n"
        "from strongroom.outbound.attesting import SigstoreVerifier\n"
        "real = json.loads(Path(sys.argv[1]).read_text())\n"
        "identity = BuildIdentity(real['provider'], real['issuer'], real['fields'])\n"
        "given = json.dumps(real['attestations']), real['filename'], Sha256(real['sha256']), identity\n"
        "SigstoreVerifier().verify(*given, datetime.now(UTC))\n"
    )
    command = [sys.executable, "-W", "error", "-c", script, str(PUBLIC / "gitlab.json")]
    done = subprocess.run(command, env={"HOME": "/nonexistent", "PATH": ""}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_signature_made_hours_ago_is_good_if_it_was_made_in_time(tmp_path: Path) -> None:
    old = PrivateSigstore(issued=datetime(2026, 3, 1, tzinfo=UTC))
    path = tmp_path / "root.json"
    path.write_text(old.trusted_root())
    assert NOW - old.issued > timedelta(days=200)
    assert verified(SigstoreVerifier(path), old.attest(WHEEL, DIGEST.hex)).log_index == 7


def test_the_largest_honest_attestations_fit(sigstore: PrivateSigstore, root: Path) -> None:
    predicate: dict[str, Any] = {"resolvedDependencies": [{"uri": f"git+https://x.example/{n}"} for n in range(2000)]}
    large = sigstore.attest(WHEEL, DIGEST.hex, predicate_type=SLSA, predicate=predicate)
    assert 100_000 < len(as_field(large)) < LONGEST_BYTES
    assert verified(SigstoreVerifier(root), large).predicate_types == (SLSA,)
