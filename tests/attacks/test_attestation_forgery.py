"""Forged, replayed, late and foreign attestations: each is refused, with the check that failed and what to do.

Principles: AUTHZ-3.3
"""

import base64
import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.outbound.private_sigstore import (
    Build,
    Document,
    Forgery,
    PrivateSigstore,
    as_field,
    with_entries,
    with_statement,
)

from strongroom.authz.build_identity import BuildIdentity
from strongroom.formats.pypi.integrity import LONGEST_BYTES
from strongroom.kernel.digests import Sha256
from strongroom.kernel.refusals import Refused
from strongroom.outbound.attesting import SigstoreVerifier

pytestmark = pytest.mark.principle("AUTHZ-3.3")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
WHEEL, SDIST = "anvil-1.0-py3-none-any.whl", "anvil-1.0.tar.gz"
DIGEST, OTHER = Sha256.of(b"iron"), Sha256.of(b"tin")
SIGSTORE = PrivateSigstore()


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> SigstoreVerifier:
    path: Path = tmp_path_factory.mktemp("root") / "trusted_root.json"
    path.write_text(SIGSTORE.trusted_root())
    return SigstoreVerifier(path)


def refusal(verifier: SigstoreVerifier, field: str, identity: BuildIdentity | None = None) -> str:
    """Return the words with which an upload of the wheel is refused; principle and code are always the same."""
    with pytest.raises(Refused) as refused:
        verifier.verify(field, WHEEL, DIGEST, identity or Build().identity, NOW)
    assert (refused.value.code, refused.value.principle) == ("attestation-invalid", "AUTHZ-3.3")
    assert "\n" not in refused.value.says
    return refused.value.says


def honest(**more: Any) -> Document:
    return SIGSTORE.attest(WHEEL, DIGEST.hex, **more)


def changed_statement() -> Document:
    mine, sold = honest(), SIGSTORE.attest(WHEEL, OTHER.hex)
    return with_statement(sold, base64.b64decode(mine["envelope"]["statement"]))


FORGERIES: dict[str, tuple[Callable[[], Document], str]] = {
    "a statement put under another's signature": (changed_statement, "its signature is not over its statement"),
    "a signature by a key that no certificate names": (
        lambda: honest(forgery=Forgery(other_key_signs=True)),
        "its signature is not over its statement",
    ),
    "an attestation of another file": (
        lambda: SIGSTORE.attest(SDIST, DIGEST.hex),
        "its statement is about 'anvil-1.0.tar.gz', not about anvil-1.0-py3-none-any.whl",
    ),
    "an attestation of other bytes": (
        lambda: SIGSTORE.attest(WHEEL, OTHER.hex),
        f"with SHA-256 {OTHER.hex!r}; the one that arrived has {DIGEST.hex!r}",
    ),
    "a signature made when the certificate had expired": (
        lambda: honest(forgery=Forgery(signed_after=timedelta(minutes=11))),
        "it was signed when its certificate was not valid",
    ),
    "a signature made before the certificate was issued": (
        lambda: honest(forgery=Forgery(signed_after=timedelta(minutes=-5))),
        "it was signed when its certificate was not valid",
    ),
    "a build of another repository": (
        lambda: honest(build=Build(repository="mallory/anvil")),
        "its repository is https://github.com/mallory/anvil; expected https://github.com/acme/anvil",
    ),
    "a build by another workflow": (
        lambda: honest(build=Build(workflow="test.yml")),
        "workflows/test.yml@refs/tags/v1.0; expected https://github.com/acme/anvil/.github/workflows/release.yml@",
    ),
    "a build vouched for by another issuer": (
        lambda: honest(build=Build(issuer="https://gitlab.com")),
        "its identity provider is https://gitlab.com; expected https://token.actions.githubusercontent.com",
    ),
    "a build on another server of the same name": (
        lambda: honest(build=Build(server="https://github.example")),
        "its repository is https://github.example/acme/anvil",
    ),
    "a run that a stranger's pull request began": (
        lambda: honest(build=Build(trigger="pull_request_target")),
        "a run that pull_request_target began",
    ),
    "a workflow of another repository that signs in the name of this one": (
        lambda: honest(
            build=Build(claims={9: "https://github.com/mallory/flows/.github/workflows/x.yml@refs/heads/x"})
        ),
        "its signing workflow is https://github.com/mallory/flows",
    ),
    "a certificate that does not say whose build it is": (
        lambda: honest(build=Build(claims={12: ""})),
        "its repository is not said",
    ),
    "a certificate of another authority": (
        lambda: PrivateSigstore().attest(WHEEL, DIGEST.hex),
        "issued by no authority that this repository trusts",
    ),
    "a certificate that no certificate log has seen": (
        lambda: honest(forgery=Forgery(scts=False)),
        "no certificate log that this repository trusts has its certificate",
    ),
    "no entry of the signature log": (
        lambda: with_entries(honest(), []),
        "it needs exactly one entry of the transparency log",
    ),
    "two entries, of which nobody would look at the second": (
        lambda: with_entries(honest(), honest()["verification_material"]["transparency_entries"] * 2),
        "it needs exactly one entry of the transparency log",
    ),
    "the log's entry of another signature": (
        lambda: with_entries(honest(), honest()["verification_material"]["transparency_entries"]),
        "its log entry is of another signature",
    ),
    "the log's entry of another statement": (
        lambda: honest(forgery=Forgery(other_payload_in_log=True)),
        "its log entry is of another statement",
    ),
    "an entry that the log has not signed": (
        lambda: honest(forgery=Forgery(log_key=PrivateSigstore().signature_log)),
        "is none that this repository trusts, or has not signed that entry",
    ),
    "an entry without the log's promise": (
        lambda: honest(forgery=Forgery(has_promise=False)),
        "must contain an inclusion promise",
    ),
    "two subjects, one of them this file": (
        lambda: honest(
            subject=[{"name": name, "digest": {"sha256": DIGEST.hex}} for name in (WHEEL, "evil-1.0-py3-none-any.whl")]
        ),
        "its statement has 2 subjects; expected exactly one",
    ),
    "no subject": (lambda: honest(subject=[]), "its statement has 0 subjects"),
    "a digest by a weaker algorithm alone": (
        lambda: honest(subject=[{"name": WHEEL, "digest": {"md5": "0" * 32}}]),
        "with SHA-256 'None'",
    ),
    "a predicate of another matter": (
        lambda: honest(predicate_type="https://in-toto.io/attestation/test-result/v0.1"),
        "its predicate type is 'https://in-toto.io/attestation/test-result/v0.1'; expected one of",
    ),
    "a publish attestation that says more than that": (
        lambda: honest(predicate={"reviewed-by": "everybody"}),
        "a publish attestation has an empty predicate",
    ),
    "a statement of another kind": (
        lambda: honest(_type="https://in-toto.io/Statement/v0.1"),
        "is no statement of type",
    ),
    "a signature over what is no statement": (lambda: SIGSTORE.signed(b"\xff\x00"), "is no statement of type"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forger_is_refused_and_told_which_check_failed(verifier: SigstoreVerifier, forgery: str) -> None:
    made, words = FORGERIES[forgery]
    assert words in refusal(verifier, as_field(made()))


def test_one_honest_attestation_does_not_carry_a_forged_one_in(verifier: SigstoreVerifier) -> None:
    slsa = honest(predicate_type="https://slsa.dev/provenance/v1", build=Build(repository="mallory/anvil"))
    assert "its repository is https://github.com/mallory/anvil" in refusal(verifier, as_field(honest(), slsa))


def test_two_attestations_tell_of_one_commit(verifier: SigstoreVerifier) -> None:
    other = honest(predicate_type="https://slsa.dev/provenance/v1", build=Build(commit="9" * 40))
    assert "are of different commits" in refusal(verifier, as_field(honest(), other))


def test_a_repository_reborn_under_an_old_name_has_another_number(verifier: SigstoreVerifier) -> None:
    mine = Build().identity
    pinned = BuildIdentity(mine.provider, mine.issuer, {**mine.fields, "repository_id": "1001"})
    reborn = as_field(honest(build=Build(repository_number="2002")))
    assert "its repository number is 2002; expected 1001" in refusal(verifier, reborn, pinned)


def test_the_same_workflow_on_another_branch_is_another_build(verifier: SigstoreVerifier) -> None:
    # Red Hat's packages, 2026: the release workflow, run on a branch that anybody with write access could make.
    mine = Build().identity
    pinned = BuildIdentity(mine.provider, mine.issuer, {**mine.fields, "ref": "refs/tags/v*"})
    branch = as_field(honest(build=Build(ref="refs/heads/v1.0")))
    assert "its ref is refs/heads/v1.0; expected refs/tags/v*" in refusal(verifier, branch, pinned)


def test_an_account_without_a_build_uploads_no_attestations(verifier: SigstoreVerifier) -> None:
    with pytest.raises(Refused, match=r"attestation-needs-publisher.*Add a trusted publisher") as refused:
        verifier.verify(as_field(honest()), WHEEL, DIGEST, None, NOW)
    assert refused.value.principle == "AUTHZ-3.3"


@pytest.mark.parametrize(
    "identity",
    [
        BuildIdentity("activestate", "https://platform.activestate.com/api/v1/oauth/oidc", {}),
        BuildIdentity("github", "https://token.actions.githubusercontent.com", {}),
        BuildIdentity("github", "", {"repository": "acme/anvil", "workflow": "release.yml"}),
        BuildIdentity("generic:acme", "https://ci.acme.example", {"project": "anvil"}),
    ],
)
def test_a_publisher_whom_no_certificate_can_name_uploads_none_either(
    verifier: SigstoreVerifier, identity: BuildIdentity
) -> None:
    with pytest.raises(Refused, match="attestation-needs-publisher"):
        verifier.verify(as_field(honest()), WHEEL, DIGEST, identity, NOW)


FIELDS = {
    "": "no JSON",
    "{": "no JSON",
    "{}": "no list of one or two",
    "[]": "no list of one or two",
    "null": "no list of one or two",
    "[1]": "no attestation of version 1",
    '[{"version": 2}]': "no attestation of version 1",
    '[{"version": true}]': "no attestation of version 1",
    '[{"version": 1}]': "lacks verification_material or envelope",
    "[" * 100_000: "no JSON",
    "[" * 500 + "]" * 500: "nested deeper than",
    '["' + "x" * LONGEST_BYTES + '"]': f"more than {LONGEST_BYTES} bytes",
    "\x00": "no JSON",
}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: repr(field[:20]))
def test_a_field_that_is_no_list_of_attestations_is_refused(verifier: SigstoreVerifier, field: str) -> None:
    assert FIELDS[field] in refusal(verifier, field)


def test_three_attestations_or_two_of_one_type_are_too_many(verifier: SigstoreVerifier) -> None:
    assert "no list of one or two" in refusal(verifier, as_field(honest(), honest(), honest()))
    assert "two of one predicate type" in refusal(verifier, as_field(honest(), honest()))


def test_what_a_forger_wrote_is_told_in_one_short_printable_line(verifier: SigstoreVerifier) -> None:
    says = refusal(verifier, as_field(SIGSTORE.attest("\x1b[2J\r\nanvil" * 100, DIGEST.hex)))
    assert says.isprintable()
    assert len(says) < 500
    says = refusal(verifier, as_field(honest(build=Build(repository="m" * 5000))))
    assert len(says) < 700


def leaves(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a document."""
    if path:
        yield path
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in items:
        yield from leaves(value, (*path, key))


SAMPLE = honest()
PLACES = list(leaves(SAMPLE))
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70).filter(lambda n: -(2**63) <= n < 2**64),
    st.text(max_size=30),
    st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode()),
    st.lists(st.integers(0, 9), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(0, 9), max_size=3),
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), junk=JUNK)
def test_whatever_is_put_in_any_place_it_is_refused_or_means_the_same(
    verifier: SigstoreVerifier, place: tuple[Any, ...], junk: object
) -> None:
    forged = copy.deepcopy(SAMPLE)
    inner = forged
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = junk
    try:
        found = verifier.verify(json.dumps([forged]), WHEEL, DIGEST, Build().identity, NOW)
    except Refused as refused:
        assert refused.code == "attestation-invalid"
    else:
        # A second reading of what was kept proves the same: nothing unverified came along.
        kept = json.loads(found.document)["attestation_bundles"][0]["attestations"]
        again = verifier.verify(json.dumps(kept), WHEEL, DIGEST, Build().identity, NOW)
        assert (again.document, again.claims) == (found.document, found.claims)
        assert kept[0]["envelope"] == SAMPLE["envelope"]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    part=st.sampled_from(
        [("verification_material", "certificate"), ("envelope", "statement"), ("envelope", "signature")]
    ),
    at=st.floats(0, 1, exclude_max=True),
    bit=st.integers(0, 7),
)
def test_one_bit_changed_anywhere_in_what_is_signed_is_found(
    verifier: SigstoreVerifier, part: tuple[str, str], at: float, bit: int
) -> None:
    forged = copy.deepcopy(SAMPLE)
    raw = bytearray(base64.b64decode(forged[part[0]][part[1]]))
    raw[int(at * len(raw))] ^= 1 << bit
    forged[part[0]][part[1]] = base64.b64encode(raw).decode()
    refusal(verifier, as_field(forged))
