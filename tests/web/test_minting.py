"""What upload tools ask in a build, at the addresses and in the shape that they know.

Principles: AUTHN-1.5, AUTHZ-3.1
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.outbound.workload_issuer import WorkloadIssuer, issuing
from tests.web.asking import Answer, Place, placed
from tests.worlds import ADA, ANVIL, wheel

from strongroom.authn.throttle import LIMITS, Guess, Per
from strongroom.authz.providers import PROVIDERS
from strongroom.authz.publishers import Publisher, subject_of
from strongroom.authz.tokens import PATTERN
from strongroom.kernel.events import Event
from strongroom.settings import IssuerSettings, PublishingSettings

pytestmark = pytest.mark.principle("AUTHZ-3.1")

FIELDS = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}


@pytest.fixture
def issuer() -> Iterator[WorkloadIssuer]:
    """An issuer that speaks as GitHub Actions."""
    with issuing() as made:
        yield made


@pytest.fixture
def trusting(tmp_path: Path, issuer: WorkloadIssuer) -> Iterator[Place]:
    """A repository whose anvil trusts acme/anvil."""
    said = PublishingSettings(issuers=(IssuerSettings(provider="github", issuer=issuer.url),))
    place = placed(tmp_path / "data", publishing=said)
    assert place.upload(wheel(), place.token()).status == 200
    trust(place, issuer.url)
    yield place
    place.repository.close()


def trust(place: Place, issuer: str) -> None:
    with place.repository.vault.writing() as books:
        made = Publisher("p1", "github", issuer, FIELDS, ANVIL, ADA, datetime.now(UTC))
        books.publishers.add_publisher(made, subject_of(PROVIDERS["github"], FIELDS))


def mint(place: Place, body: Any, path: str = "/_/oidc/mint-token") -> Answer:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return place.ask(path, "POST", sent, content_type="application/json")


def audience(place: Place) -> str:
    said = place.ask("/_/oidc/audience").json
    assert set(said) == {"audience"}
    return str(said["audience"])


def codes(answer: Answer) -> list[str]:
    assert answer.json["message"] == "Token request failed"
    assert all(each["description"] for each in answer.json["errors"])
    return [each["code"] for each in answer.json["errors"]]


def test_the_audience_is_this_instance_and_no_other(place: Place) -> None:
    assert audience(place) == "localhost:8000"


@pytest.mark.parametrize("path", ["/_/oidc/mint-token", "/_/oidc/github/mint-token"])
def test_an_identity_token_brings_an_upload_token(trusting: Place, issuer: WorkloadIssuer, path: str) -> None:
    answer = mint(trusting, {"token": issuer.github(audience(trusting))}, path)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json
    assert said["success"] is True
    assert said["project"] == "anvil"
    assert 895 <= said["expires"] - datetime.now(UTC).timestamp() <= 900
    assert said["token"].startswith("srm_p")
    assert re.fullmatch(PATTERN, said["token"])
    assert trusting.upload(wheel(version="2.0"), said["token"]).status == 200


def test_where_a_build_has_several_projects_it_names_one(trusting: Place, issuer: WorkloadIssuer) -> None:
    made_for = audience(trusting)
    assert mint(trusting, {"token": issuer.github(made_for), "project": "Anvil"}).status == 200
    assert codes(mint(trusting, {"token": issuer.github(made_for), "project": "tongs"})) == ["invalid-publisher"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"null", b"not json", b'{"token": 7}', b'{"token": null}', b'{"token": "a.b"}',
        b'{"token": "a.b.c"}', b'{"token": "\xc3\xa9.b.c"}', b'{"token": "a.b.c", "project": 7}', b'"x"',
        b'{"token": "' + b"a" * 30_000 + b'.b.c"}', b"[" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_in_the_tools_own_shape(trusting: Place, body: bytes) -> None:
    answer = mint(trusting, body)
    assert answer.status == 422
    assert codes(answer) == ["invalid-payload"]


def test_a_body_that_is_too_long_is_refused(trusting: Place) -> None:
    assert mint(trusting, b" " * (64 * 1024 + 1)).status == 422


def test_each_refusal_has_the_code_that_tools_show(trusting: Place, issuer: WorkloadIssuer) -> None:
    here = audience(trusting)
    used = issuer.github(here)
    assert mint(trusting, {"token": used}).status == 200
    expected = {
        "invalid-reuse-token": used,
        "invalid-token": issuer.github("elsewhere"),
        "invalid-publisher": issuer.github(here, event_name="workflow_run"),
        "invalid-payload": issuer.github(here, iss="https://nobody.example"),
    }
    for code, token in expected.items():
        answer = mint(trusting, {"token": token})
        assert (answer.status, codes(answer)) == (422, [code])
        assert answer.json["principle"] == "AUTHZ-3.1"


def test_who_sends_nonsense_is_soon_sent_away_and_an_honest_build_never_waits(
    trusting: Place, issuer: WorkloadIssuer
) -> None:
    here = audience(trusting)
    for _ in range(LIMITS[Guess.MINT][Per.SOURCE][0].count):
        assert mint(trusting, {"token": "a.b.c"}).status == 422
    answer = mint(trusting, {"token": "a.b.c"})
    assert (answer.status, codes(answer)) == (429, ["too-many-attempts"])
    assert int(answer.headers["retry-after"]) > 0
    assert mint(trusting, {"token": issuer.github(here)}).status == 200


def test_trusted_publishing_can_be_turned_off(tmp_path: Path) -> None:
    place = placed(tmp_path / "data", publishing=PublishingSettings(trusted=False))
    answer = place.ask("/_/oidc/audience")
    assert (answer.status, codes(answer)) == (403, ["not-enabled"])
    assert codes(mint(place, {"token": "a.b.c"})) == ["not-enabled"]
    assert place.ask("/.well-known/pytp?discover=%2Flegacy%2F").status == 404
    place.repository.close()


def test_tools_find_the_addresses_by_the_path_that_they_upload_to(place: Place) -> None:
    assert place.ask("/.well-known/pytp?discover=%2Flegacy%2F").json == {
        "audience-endpoint": "http://localhost:8000/_/oidc/audience",
        "token-mint-endpoint": "http://localhost:8000/_/oidc/mint-token",
    }
    for other in ("", "?discover=", "?discover=%2Fsimple%2F", "?x=1"):
        assert place.ask(f"/.well-known/pytp{other}").status == 404


def test_minting_is_by_post_alone(place: Place) -> None:
    assert place.ask("/_/oidc/mint-token").status == 405
    assert place.ask("/_/oidc/audience", "POST").status == 405


def test_a_build_that_has_no_more_to_upload_burns_its_token_and_no_other(
    trusting: Place, issuer: WorkloadIssuer
) -> None:
    minted = mint(trusting, {"token": issuer.github(audience(trusting))}).json["token"]
    persons = trusting.token()
    for token in (minted, minted, persons, "srm_p" + "0" * 49):
        body = json.dumps({"token": token}).encode()
        answer = trusting.ask("/_/oidc/burn-token", "POST", body, content_type="application/json")
        assert answer.status in (204, 422), "the last is none that was ever made: its checksum is wrong"
    assert trusting.upload(wheel(version="2.0"), minted).status == 403
    assert trusting.upload(wheel(version="2.0"), persons).status == 200, "what a person has is not burnt"


def test_the_owner_of_a_token_hears_that_a_trusted_publisher_makes_it_needless(trusting: Place) -> None:
    assert trusting.upload(wheel(version="2.0"), trusting.token()).status == 200
    with trusting.repository.vault.reading() as books:
        told = [each.what for each in books.events.after(0, 100) if each.what.event is Event.TOKEN_BESIDE_PUBLISHER]
    assert [(each.project, each.detail["account"]) for each in told] == [("anvil", "ada")]
