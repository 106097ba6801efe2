"""Two owners and what two people protect, in a real browser: said beforehand, asked for, confirmed by the other.

Principles: AUTHN-3.2, AUTHZ-2.1
"""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.test_projects_in_chromium import FORGE, Join, accept, device, join, refused, said, server
from tests.browser.visitors import ago, alter, give_role, make_token
from tests.live import Live
from tests.worlds import wheel

pytestmark = [pytest.mark.browser, pytest.mark.principle("AUTHZ-2.1")]

__all__ = ["device", "join", "server"]


def test_what_one_owner_would_lower_waits_for_the_other_and_a_fresh_proof(server: Live, join: Join) -> None:
    site, iris, noor = server.site, join("iris"), join("noor")
    assert server.upload(wheel("forge"), make_token(iris, site)).status == 200
    here = f"{site}account/projects/forge/"
    iris.goto(here)
    # Said before it is set, said when it is, and said after.
    expect(iris.locator("label", has_text="waits until a second person")).to_contain_text(
        "Nobody but you could approve"
    )
    iris.get_by_label("waits until a second person").check()
    iris.get_by_role("button", name="Set the policy").click()
    said(iris, "The policy of forge is set. Nobody but you could approve")
    expect(iris.get_by_role("heading", name="Two people are demanded, and are not here")).to_be_visible()
    give_role(iris, "noor", "owner")
    accept(noor, site, "forge")

    iris.goto(here)
    expect(iris.get_by_text("are not here")).to_have_count(0)
    iris.get_by_label("waits until a second person").uncheck()
    iris.get_by_role("button", name="Set the policy").click()
    said(iris, "forge still demands two people until somebody else confirms")
    asked = iris.get_by_role("region", name="You ask that forge demand less")
    expect(asked.get_by_role("button")).to_have_count(1)
    expect(iris.get_by_label("waits until a second person")).to_be_checked()
    identifier = asked.locator("input[name=id]").input_value()
    iris.evaluate(FORGE, ["policies/confirm", {"id": identifier}])
    refused(iris, "You asked for this yourself.")

    noor.goto(f"{site}account/projects/")
    expect(noor.get_by_role("table", name="Projects that you have a role in")).to_contain_text("asked to demand less")
    noor.goto(here)
    asked = noor.get_by_role("region", name="iris asks that forge demand less")
    expect(asked).to_contain_text("What is uploaded waits until a second person approves of it.")
    alter(server, "UPDATE session SET proved = ? WHERE account = 'noor'", ago(minutes=16))
    asked.get_by_role("button", name=re.compile("^Confirm")).click()
    expect(noor).to_have_url(f"{site}account/prove/?next=account/projects/forge/")
    noor.get_by_role("button", name=re.compile("passkey")).click()
    expect(noor).to_have_url(here)
    noor.get_by_role("button", name=re.compile("^Confirm")).click()
    said(noor, "forge no longer demands two people.")
    expect(noor.get_by_label("waits until a second person")).not_to_be_checked()


def test_the_operator_lifts_what_an_owner_alone_cannot(server: Live, join: Join) -> None:
    site, ugo = server.site, join("ugo")
    assert server.upload(wheel("kiln"), make_token(ugo, site)).status == 200
    ugo.goto(f"{site}account/projects/kiln/")
    ugo.get_by_label("waits until a second person").check()
    ugo.get_by_role("button", name="Set the policy").click()
    ugo.get_by_label("waits until a second person").uncheck()
    ugo.get_by_role("button", name="Set the policy").click()
    ugo.get_by_role("button", name="Withdraw it").click()
    said(ugo, "kiln demands what it did.")
    server.admin("project", "lift", "kiln", "--demand", "two-people")
    ugo.reload()
    expect(ugo.get_by_label("waits until a second person")).not_to_be_checked()
    ugo.goto(f"{site}project/kiln/")
    expect(ugo.get_by_text("waits until a second person")).to_have_count(0)
