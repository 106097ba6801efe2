"""People who work on projects together, in a real browser: asked, allowed, refused, handed over, taken away.

Principles: AUTHZ-2.1, AUTHZ-3.1
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.visitors import (
    Devices,
    ago,
    alter,
    authenticator_of,
    devices,
    enrol_passkey,
    give_role,
    make_token,
    register,
)
from tests.live import Live, live
from tests.worlds import wheel

pytestmark = pytest.mark.browser

#: Makes somebody with a passkey, and returns the browser that they sit at.
Join = Callable[[str], Page]
#: Sends what no page of ours offers, from a page of ours.
FORGE = """([deed, fields]) => {
    const form = document.createElement("form");
    form.method = "post"; form.action = "/do/" + deed;
    for (const [name, value] of Object.entries(fields)) {
        const field = document.createElement("input");
        field.name = name; field.value = value; form.append(field);
    }
    document.body.append(form); form.submit();
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A new repository at which everybody may register."""
    folder = tmp_path_factory.mktemp("projects")
    chosen = {"ACCOUNTS__REGISTRATION": "open", "BREACHES__SERVICE": "", "TRUSTED_PROXIES": '["127.0.0.1"]'}
    with live(folder, **chosen) as made:
        made.admin("breaches", "import", "--common")
        yield made


@pytest.fixture
def device(browser: Browser) -> Iterator[Devices]:
    """What opens another device."""
    with devices(browser, seed=7) as another:
        yield another


@pytest.fixture
def join(server: Live, device: Devices) -> Join:
    """What makes people."""

    def made(name: str) -> Page:
        page = device()
        authenticator_of(page)
        register(page, server, name)
        enrol_passkey(page)
        return page

    return made


def accept(page: Page, site: str, where: str) -> None:
    """Accept the role that is offered there."""
    page.goto(f"{site}account/projects/")
    page.get_by_role("button", name=f"Accept: {where}").click()
    expect(page.locator(".said")).to_contain_text(f"of {where}.")


def said(page: Page, words: str) -> None:
    """Expect the page to tell this of the last deed."""
    expect(page.locator(".said")).to_contain_text(words)


def refused(page: Page, words: str) -> None:
    """Expect the page to tell why the last deed was refused."""
    expect(page.get_by_role("alert")).to_contain_text(words)


@pytest.mark.principle("AUTHZ-2.1")
def test_who_is_asked_to_publish_accepts_publishes_and_manages_nothing(server: Live, join: Join) -> None:
    site, olga, pat = server.site, join("olga"), join("pat")
    assert server.upload(wheel("lathe"), make_token(olga, site)).status == 200
    olga.get_by_role("link", name="Projects", exact=True).click()
    olga.get_by_role("link", name="lathe", exact=True).click()
    give_role(olga, "nobody-here")
    refused(olga, "no account named nobody-here")
    expect(olga.get_by_label("Account name")).to_have_value("nobody-here")
    give_role(olga, "pat")
    said(olga, "pat is asked to be publisher of lathe")
    expect(olga.get_by_role("table", name="Invitations to lathe")).to_contain_text("pat")
    # Nothing is theirs before they accept.
    pat.goto(f"{site}account/projects/lathe/")
    expect(pat.get_by_role("heading", level=1)).to_contain_text("Not found")

    accept(pat, site, "lathe")
    assert server.upload(wheel("lathe", "2.0"), make_token(pat, site)).status == 200
    pat.goto(f"{site}account/projects/lathe/")
    expect(pat.locator(".summary")).to_contain_text("You are publisher.")
    expect(pat.get_by_role("button", name=re.compile("Leave"))).to_have_count(1)
    for name in ("Give somebody a role", "Set the policy", "Hand it over", "Remove the project", "Trust a build"):
        expect(pat.get_by_text(name)).to_have_count(0)
    forged: tuple[tuple[str, dict[str, str], str], ...] = (
        ("members/add", {"project": "lathe", "name": "pat", "role": "owner"}, "may not manage the people"),
        ("projects/policy", {"project": "lathe"}, "may not set the policy"),
        ("projects/remove", {"project": "lathe", "typed": "lathe"}, "may not remove"),
    )
    for deed, fields, why in forged:
        pat.evaluate(FORGE, [deed, fields])
        refused(pat, why)
    assert len(server.listing("lathe")["files"]) == 2


@pytest.mark.principle("AUTHZ-2.1")
def test_where_two_people_are_asked_for_an_upload_waits_for_somebody_else_and_a_fresh_proof(
    server: Live, join: Join
) -> None:
    site, olive, peer = server.site, join("olive"), join("peer")
    token = make_token(olive, site)
    assert server.upload(wheel("mill"), token).status == 200
    olive.goto(f"{site}account/projects/mill/")
    give_role(olive, "peer")
    accept(peer, site, "mill")
    olive.get_by_label("waits until a second person").check()
    olive.get_by_role("button", name="Set the policy").click()
    said(olive, "The policy of mill is set.")
    assert server.upload(wheel("mill", "2.0"), token).status in (200, 202)
    assert [each["filename"] for each in server.listing("mill")["files"]] == ["mill-1.0-py3-none-any.whl"]
    olive.reload()
    row = olive.get_by_role("table", name="Uploads that wait")
    expect(row).to_contain_text("somebody else approves")
    expect(row.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)

    peer.goto(f"{site}account/projects/")
    expect(peer.get_by_role("table", name="Projects that you have a role in")).to_contain_text("1 upload waits")
    peer.get_by_role("link", name="mill", exact=True).click()
    alter(server, "UPDATE session SET proved = ? WHERE account = 'peer'", ago(minutes=16))
    peer.get_by_role("button", name=re.compile("^Approve")).click()
    expect(peer).to_have_url(f"{site}account/prove/?next=account/projects/mill/")
    peer.get_by_role("button", name=re.compile("passkey")).click()
    expect(peer).to_have_url(f"{site}account/projects/mill/")
    peer.get_by_role("button", name=re.compile("^Approve")).click()
    said(peer, "mill-2.0-py3-none-any.whl is published.")
    assert len(server.listing("mill")["files"]) == 2
    peer.goto(f"{site}project/mill/")
    expect(peer.get_by_text("waits until a second person approves of it")).to_be_visible()


@pytest.mark.principle("AUTHZ-2.1")
def test_an_organisation_lets_a_team_publish_and_who_leaves_it_loses_everything(server: Live, join: Join) -> None:
    site, orla, tess = server.site, join("orla"), join("tess")
    assert server.upload(wheel("bellows"), make_token(orla, site)).status == 200
    orla.goto(f"{site}account/projects/")
    orla.get_by_text("Make an organisation").click()
    orla.get_by_label("Name", exact=True).fill("acme")
    orla.get_by_label("What people call it").fill("Acme Works")
    orla.get_by_role("button", name="Make the organisation").click()
    expect(orla).to_have_url(f"{site}account/organisations/acme/")
    orla.get_by_text("Invite somebody").click()
    orla.get_by_label("Account name").fill("tess")
    orla.get_by_role("button", name="Invite", exact=True).click()
    said(orla, "tess is asked")
    accept(tess, site, "acme")

    orla.goto(f"{site}account/projects/bellows/")
    orla.get_by_label("To an organisation of yours").select_option("acme")
    orla.get_by_role("button", name="Hand it over").click()
    said(orla, "bellows belongs to acme now")
    orla.get_by_role("link", name="acme", exact=True).first.click()
    for _ in range(2):
        orla.get_by_label("A new team").fill("releases")
        orla.get_by_role("button", name="Make the team").click()
    refused(orla, "There is a team named releases already")
    orla.get_by_label("Put a member into it").select_option("tess")
    orla.get_by_role("button", name="Put in").click()
    said(orla, "tess is in releases.")
    orla.get_by_label("Give it a role in").select_option("bellows")
    orla.get_by_role("button", name="Give", exact=True).click()
    said(orla, "releases is publisher of bellows")

    token = make_token(tess, site)
    assert server.upload(wheel("bellows", "2.0"), token).status == 200
    tess.goto(f"{site}account/organisations/acme/")
    expect(tess.get_by_role("button", name="Set the policy")).to_have_count(0)
    orla.get_by_label("every file comes with attestations".capitalize()).check()
    orla.get_by_role("button", name="Set the policy").click()
    said(orla, "The policy of acme is set.")
    tess.goto(f"{site}account/projects/bellows/")
    expect(tess.locator("#policy + ul")).to_contain_text("Demanded by acme.")
    tess.goto(f"{site}project/bellows/")
    expect(tess.get_by_role("region", name="What was checked")).to_contain_text("comes with attestations")
    orla.get_by_role("button", name="Take out: tess", exact=True).click()
    said(orla, "tess is in acme no more.")
    tess.goto(f"{site}account/organisations/acme/")
    expect(tess.get_by_role("heading", level=1)).to_contain_text("No such organisation")
    assert server.upload(wheel("bellows", "3.0"), token).status == 403


@pytest.mark.principle("GEN-2.1")
def test_what_is_yanked_comes_back_and_what_is_removed_never_does(server: Live, join: Join) -> None:
    site, yves = server.site, join("yves")
    token = make_token(yves, site)
    for version in ("1.0", "2.0"):
        assert server.upload(wheel("tongs", version), token).status == 200
    yves.goto(f"{site}account/projects/tongs/")
    yves.get_by_text("Yank a release").click()
    yves.locator("#yank-version").select_option("2.0")
    yves.get_by_label("Why?").fill("Breaks on Sundays.")
    yves.get_by_role("button", name="Yank it").click()
    said(yves, "tongs 2.0 is yanked")
    expect(yves.get_by_role("table", name="Releases of tongs")).to_contain_text("Yanked: Breaks on Sundays.")
    assert [each["yanked"] for each in server.listing("tongs")["files"]] == [False, "Breaks on Sundays."]
    yves.get_by_role("button", name="Take the yank back: 2.0").click()
    said(yves, "tongs 2.0 is yanked no more")

    yves.get_by_label("One release").select_option("1.0")
    yves.get_by_role("button", name="Remove the release").click()
    said(yves, "tongs 1.0 is removed, for ever.")
    yves.get_by_label("Everything of it").fill("tong")
    yves.get_by_role("button", name="Remove the project").click()
    yves.get_by_role("alert").get_by_role("link", name="Type tongs to remove it.").click()
    expect(yves.get_by_label("Everything of it")).to_be_focused()
    yves.get_by_label("Everything of it").fill("tongs")
    yves.get_by_role("button", name="Remove the project").click()
    said(yves, "Everything of tongs is removed")
    assert server.ask("/simple/tongs/").status == 404
    assert server.upload(wheel("tongs", "2.0"), token).status != 200


@pytest.mark.principle("AUTHZ-2.1")
def test_a_private_project_is_not_there_for_anybody_else(server: Live, join: Join) -> None:
    site, priya, quinn = server.site, join("priya"), join("quinn")
    assert server.upload(wheel("vault-key"), make_token(priya, site)).status == 200
    quinn.goto(f"{site}project/vault-key/")
    expect(quinn.get_by_role("heading", level=1)).to_contain_text("vault-key")
    priya.goto(f"{site}account/projects/vault-key/")
    priya.get_by_label("Its people alone").check()
    priya.get_by_role("button", name="Set who reads it").click()
    said(priya, "vault-key is shown to those with a role in it.")
    for path in ("project/vault-key/", "simple/vault-key/", "account/projects/vault-key/"):
        seen, hidden = priya.goto(f"{site}{path}"), quinn.goto(f"{site}{path}")
        assert seen and hidden
        assert (seen.status, hidden.status) == (200, 404), path
    quinn.goto(f"{site}account/projects/")
    quinn.evaluate(FORGE, ["projects/visibility", {"project": "vault-key", "private": "false"}])
    expect(quinn.get_by_text("no project named vault-key")).to_be_visible()
