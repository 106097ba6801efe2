"""Provenance is served to clients and shown to people, beside the file that it is of and nowhere else.

Principles: AUTHZ-3.3
"""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pypi_attestations import Provenance as WireProvenance
from tests.outbound.private_sigstore import COMMIT, Build, PrivateSigstore, as_field
from tests.web.asking import Place, placed
from tests.worlds import ANVIL, Made, wheel

from strongroom.authz.provenance import Provenance
from strongroom.formats.pypi.integrity import INTEGRITY_TYPE
from strongroom.kernel.digests import Sha256
from strongroom.kernel.events import Event, Happening
from strongroom.kernel.records import Status
from strongroom.outbound.attesting import SigstoreVerifier
from strongroom.outbound.trust_roots import SIGSTORES, TrustRoots, trust
from strongroom.packages.removal import remove_file
from strongroom.packages.yanking import set_status

pytestmark = pytest.mark.principle("AUTHZ-3.3")

SIGSTORE = PrivateSigstore()
OTHER_TAG = "cp311-abi3-any"


@pytest.fixture
def verifier(tmp_path: Path) -> SigstoreVerifier:
    path = tmp_path / "trusted_root.json"
    path.write_text(SIGSTORE.trusted_root())
    return SigstoreVerifier(path)


def proved(place: Place, verifier: SigstoreVerifier, made: Made, build: Build) -> Provenance:
    """Keep what an attestation of this build proves of a file that was published, as the publish road does."""
    now = place.repository.road().clock()
    digest = Sha256.of(made.content)
    attestation = SIGSTORE.attest(made.filename, digest.hex, build)
    found = verifier.verify(as_field(attestation), made.filename, digest, build.identity, now)
    version = made.filename.split("-")[1]
    with place.repository.vault.writing() as books:
        books.provenances.add_provenance(made.filename, found)
        books.events.record([Happening(Event.FILE_PUBLISHED, "ada", "anvil", version, made.filename)], now)
    place.repository.index.forget(ANVIL)
    return found


def address(made: Made, version: str = "1.0", name: str = "anvil") -> str:
    return f"/integrity/{name}/{version}/{made.filename}/provenance"


def page(place: Place, version: str = "1.0") -> str:
    return " ".join(place.ask(f"/project/anvil/{version}/").text.split())


def test_the_provenance_of_a_file_is_served_as_clients_read_it(place: Place, verifier: SigstoreVerifier) -> None:
    place.upload(wheel(), place.token())
    kept = proved(place, verifier, wheel(), Build())
    answer = place.ask(address(wheel()))
    assert answer.status == 200
    assert answer.headers["content-type"] == INTEGRITY_TYPE
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.text == kept.document
    bundle = WireProvenance.model_validate_json(answer.body).attestation_bundles[0]
    assert bundle.attestations[0].statement["subject"][0]["digest"]["sha256"] == Sha256.of(wheel().content).hex
    assert place.ask(address(wheel()), accept="application/json").headers["content-type"] == "application/json"
    assert place.ask(address(wheel()), if_none_match=answer.headers["etag"]).status == 304


def test_where_there_is_none_there_is_nothing_to_be_had(place: Place, verifier: SigstoreVerifier) -> None:
    token = place.token()
    for made in (wheel(), wheel("hammer"), wheel(tag=OTHER_TAG)):
        assert place.upload(made, token).status == 200
    proved(place, verifier, wheel(), Build())
    assert place.ask(address(wheel())).status == 200
    for nowhere in (
        address(wheel(tag=OTHER_TAG)),
        address(wheel("hammer"), name="hammer"),
        address(wheel(), name="hammer"),
        address(wheel(), "2.0"),
        address(wheel(), "1.0.0"),
        address(wheel("tongs"), name="tongs"),
        "/integrity/anvil/1.0/..%2f..%2fanvil/provenance",
        "/integrity/anvil/1.0/x/provenance",
        "/integrity/anvil/x/anvil-1.0.tar.gz/provenance",
    ):
        assert place.ask(nowhere).status == 404, nowhere


def test_a_name_written_otherwise_leads_to_the_one_address(place: Place, verifier: SigstoreVerifier) -> None:
    place.upload(wheel(), place.token())
    proved(place, verifier, wheel(), Build())
    answer = place.ask(address(wheel(), name="Anvil"))
    assert (answer.status, answer.headers["location"]) == (301, address(wheel()))


def test_a_removed_file_takes_its_provenance_with_it_and_a_quarantined_project_hides_it(
    place: Place, verifier: SigstoreVerifier
) -> None:
    token, cellar = place.token(), place.repository.cellar()
    both = (wheel(), wheel(tag=OTHER_TAG))
    for made in both:
        assert place.upload(made, token).status == 200
    for made in both:
        proved(place, verifier, made, Build())
        assert place.ask(address(made)).status == 200
    remove_file(cellar, place.repository.format, "ada", wheel().filename)
    assert place.ask(address(wheel())).status == 404
    set_status(cellar, "ada", ANVIL, Status.QUARANTINED, "under review")
    assert place.ask(address(wheel(tag=OTHER_TAG))).status == 404
    assert 'href="https://github.com/acme/anvil"' not in page(place)


def test_the_page_says_who_built_the_file_from_which_commit_and_what_that_does_not_say(
    place: Place, verifier: SigstoreVerifier
) -> None:
    place.upload(wheel(), place.token())
    assert "Nobody attests who built this" in page(place)
    kept = proved(place, verifier, wheel(), Build())
    shown = page(place)
    for words in (
        "One workflow attests to every file",
        "https://github.com/acme/anvil",
        f"https://github.com/acme/anvil/commit/{COMMIT}",
        "refs/tags/v1.0",
        ".github/workflows/release.yml",
        "https://github.com/acme/anvil/actions/runs/4242/attempts/1",
        "GitHub Actions, repository acme/anvil, workflow release.yml",
        "publish attestation",
        kept.trust_root,
        f'<time datetime="{kept.verified:%Y-%m-%dT%H:%M:%SZ}">',
        "What this does not say:</strong> that the repository is the one you think of",
        address(wheel()),
    ):
        assert words in shown, words
    assert "who built it, or from which commit" not in shown


def test_what_changed_since_the_release_before_is_said_in_words(place: Place, verifier: SigstoreVerifier) -> None:
    token = place.token()
    builds = {"1.0": Build(), "2.0": Build(repository="mallory/anvil", repository_number="2002"), "3.0": None}
    for version in builds:
        assert place.upload(wheel(version=version), token).status == 200
    for version, build in builds.items():
        if build is not None:
            proved(place, verifier, wheel(version=version), build)
    assert "Built elsewhere than 1.0" in page(place, "2.0")
    moved = "<code>https://github.com/acme/anvil</code>, and is <code>https://github.com/mallory/anvil</code>"
    assert moved in page(place, "2.0")
    assert "Attestations are gone: 2.0 had them, this has none" in page(place, "3.0")


def test_the_page_says_that_attestations_are_demanded_since_earlier_files_have_them(
    place: Place, verifier: SigstoreVerifier
) -> None:
    assert place.upload(wheel(), place.token()).status == 200
    assert "Nothing beyond that." in page(place)
    proved(place, verifier, wheel(), Build())
    refused = place.upload(wheel(version="1.1"), place.token())
    assert refused.json["code"] == "provenance-lost"
    assert "Nothing beyond that." not in page(place)
    since = "Every file comes with attestations, since earlier files have them: 1.0 had."
    assert since in page(place)
    with place.repository.vault.writing() as books:
        books.provenances.forget_provenance(ANVIL, place.repository.road().clock())
    place.repository.index.forget(ANVIL)
    assert since not in page(place)


def test_the_page_says_whose_trust_root_it_was(tmp_path: Path, verifier: SigstoreVerifier) -> None:
    place = placed(tmp_path / "data")
    assert place.upload(wheel(), place.token()).status == 200
    kept = proved(place, verifier, wheel(), Build())
    assert f"the trust root with SHA-256 <code>{kept.trust_root}</code>, which is not in use here now" in page(place)
    trust(tmp_path / "data" / SIGSTORES, "kiln", SIGSTORE.trusted_root())
    place.repository.index.forget(ANVIL)
    assert f"the private Sigstore kiln, trust root with SHA-256 <code>{kept.trust_root}</code>" in page(place)
    place.repository.close()


def test_the_roots_in_use_are_called_by_what_they_are(tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_text(SIGSTORE.trusted_root())
    assert list(TrustRoots().names().values()) == ["the public Sigstore"]
    assert list(TrustRoots(own).names().values()) == ["the Sigstore of this repository’s settings"]


def test_what_is_lost_is_said_of_the_version_that_had_it(place: Place, verifier: SigstoreVerifier) -> None:
    token = place.token()
    for version in ("1.0", "2.0", "3.0"):
        assert place.upload(wheel(version=version), token).status == 200
    proved(place, verifier, wheel(), Build())
    assert "did not, or could not, attest it from the workflow that built 1.0." in page(place, "3.0")


def test_some_files_or_several_builds_of_one_release_are_said_to_be_so(
    place: Place, verifier: SigstoreVerifier
) -> None:
    token = place.token()
    for made in (wheel(), wheel(tag=OTHER_TAG)):
        place.upload(made, token)
    proved(place, verifier, wheel(), Build())
    assert "Attested: 1 of 2 files" in page(place)
    assert f"Without attestations: {wheel(tag=OTHER_TAG).filename}." in page(place)
    proved(place, verifier, wheel(tag=OTHER_TAG), Build(workflow="wheels.yml"))
    assert "The files were built in different places" in page(place)


def test_what_a_certificate_says_is_shown_as_text_and_leads_only_to_https(place: Place) -> None:
    place.upload(wheel(), place.token())
    hostile = {
        "source_repository_uri": "javascript:alert(1)",
        "run_invocation_uri": 'https://x.example/"><script>alert(1)</script>',
        "source_repository_ref": "<b>bold</b>",
        "source_repository_digest": "../../evil",
    }
    found = Provenance("{}", "GitHub <i>", ("t",), hostile, 7, place.repository.road().clock(), "0" * 64)
    with place.repository.vault.writing() as books:
        books.provenances.add_provenance(wheel().filename, replace(found, verified=found.verified + timedelta(1)))
    place.repository.index.forget(ANVIL)
    shown = page(place)
    assert "<script>alert" not in shown and "<b>bold" not in shown and "GitHub <i>" not in shown
    assert 'href="javascript' not in shown
    assert json.loads(place.ask(address(wheel())).body) == {}
