"""The OpenAPI description says what a program needs to know before it asks.

Principles: AUTHZ-2.1
"""

from typing import Any

import pytest
from tests.web.asking import Place

from strongroom.authz.roles import OrganisationRole, Role
from strongroom.kernel.records import Demand

pytestmark = pytest.mark.principle("AUTHZ-2.1")


@pytest.fixture
def paths(place: Place) -> Any:
    """Every deed, as described."""
    return place.ask("/api/v1/openapi.json").json["paths"]


def fields(paths: Any, deed: str) -> Any:
    return paths[f"/api/v1/{deed}"]["post"]["requestBody"]["content"]["application/json"]["schema"]


def test_words_of_a_table_are_listed(paths: Any) -> None:
    assert fields(paths, "members/add")["properties"]["role"]["enum"] == [*Role]
    assert fields(paths, "organisations/members/set")["properties"]["role"]["enum"] == [*OrganisationRole]
    assert fields(paths, "projects/policy")["properties"]["demands"]["items"]["enum"] == [*Demand]
    assert fields(paths, "tokens/create")["properties"]["rights"]["items"]["enum"] == ["publish", "read", "yank"]


def test_what_opens_or_lowers_is_needed(paths: Any) -> None:
    assert set(fields(paths, "projects/visibility")["required"]) == {"project", "private"}
    assert set(fields(paths, "projects/policy")["required"]) == {"project", "demands"}
    assert set(fields(paths, "projects/transfer")["required"]) == {"project", "organisation"}


def test_a_deed_that_a_token_does_says_so(paths: Any) -> None:
    by_token = {path for path, deed in paths.items() if {"token": []} in deed["post"]["security"]}
    assert by_token == {"/api/v1/releases/yank", "/api/v1/releases/unyank"}
