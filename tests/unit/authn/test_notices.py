"""Every letter as people get it, kept in `letters/` beside this file, and what strangers cannot do to one.

After a change of words: `UPDATE_LETTERS=1 python -m pytest tests/unit/authn/test_notices.py`, then read the difference.

Principles: AUTHN-1.4
"""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from strongroom.authn import letters
from strongroom.authn.notices import (
    LINK_LETTERS,
    NOTICES,
    Facts,
    Letter,
    Link,
    Undelivered,
    Who,
    Words,
    account_of,
    compose,
    compose_link,
    worth_telling,
)
from strongroom.kernel.events import Event, Happening, Recorded

KEPT = Path(__file__).parent / "letters"
NOW = datetime(2026, 11, 22, 6, 15, tzinfo=UTC)
SITE = Facts("Acme Packages", "https://packages.acme.example/")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SEEN = {"source": "203.0.113.7", "device": FIREFOX}
EXPIRES = {"expires": "2026-12-06T06:15:00+00:00"}
LINK = "https://packages.acme.example/account/link/srm_l3x4mpl3"
TOLD = [event for event, notice in NOTICES.items() if notice is not None]

DETAILS: dict[Event, dict[str, object]] = {
    Event.ADMINISTRATOR_CHANGED: {"account": "bob", "administrator": True},
    Event.KEY_ADDED: {"label": "Blue key", **SEEN},
    Event.KEY_REMOVED: {"label": "Blue key", **SEEN},
    Event.KEY_CLONED: {"label": "Blue key", **SEEN},
    Event.EMAIL_PRIMARY_CHANGED: {"until": "2026-11-25T06:15:00+00:00", **SEEN},
    Event.RECOVERY_REQUESTED: {"until": "2026-11-25T06:15:00+00:00", **SEEN},
    Event.RECOVERY_APPROVED: {"by": "grace", "until": "2026-11-25T06:15:00+00:00"},
    Event.RECOVERY_COMPLETED: {"until": "2026-11-28T06:15:00+00:00", **SEEN},
    Event.TOKEN_CREATED: {
        "token": "5f0c1d2e3a4b5c6d",
        "rights": ["publish", "yank"],
        "projects": ["anvil", "hammer"],
        "expires": "2027-02-20T06:15:00+00:00",
        **SEEN,
    },
    Event.TOKEN_REVOKED: {"token": "5f0c1d2e3a4b5c6d", **SEEN},
    Event.TOKEN_LEAKED: {
        "account": "ada",
        "token": "5f0c1d2e3a4b5c6d",
        "projects": ["anvil", "hammer"],
        "reason": "found at https://code.example/ada/anvil/blob/main/.env (content)",
    },
    Event.TOKEN_BESIDE_PUBLISHER: {"account": "ada", "token": "5f0c1d2e3a4b5c6d", "label": "laptop"},
    Event.TOKEN_EXPIRES_SOON: {"token": "5f0c1d2e3a4b5c6d", "projects": None, "expires": "2026-11-29T06:15:00Z"},
    Event.PUBLISHER_ADDED: {"account": "ada", "label": "GitHub Actions: owner acme, repository anvil"},
    Event.PUBLISHER_PINNED: {
        "account": "ada",
        "label": "GitHub Actions: owner acme, repository anvil (repository_id 4711)",
    },
    Event.PUBLISHER_REMOVED: {"account": "ada", "label": "GitHub Actions: owner acme, repository anvil"},
    Event.ISSUER_TRUSTED: {"account": "ada", "label": "https://gitlab.acme.example (GitLab CI/CD)"},
    Event.ISSUER_DISTRUSTED: {"account": "ada", "label": "https://gitlab.acme.example"},
    Event.SIGSTORE_TRUSTED: {"label": "acme"},
    Event.SIGSTORE_DISTRUSTED: {"label": "acme"},
    Event.PROJECT_CRITICAL: {"reason": "among the most downloaded", "enforced_from": "2026-12-22T00:00:00+00:00"},
    Event.ROLE_GRANTED: {"to": "bob", "role": "publisher"},
    Event.ROLE_REVOKED: {"to": "bob", "role": "publisher"},
    Event.ROLE_OFFERED: {"account": "bob", "to": "bob", "role": "publisher", "by": "ada"},
    Event.TEAM_ROLE_GRANTED: {"organisation": "acme", "team": "smiths", "role": "publisher"},
    Event.TEAM_ROLE_REVOKED: {"organisation": "acme", "team": "smiths", "role": "publisher"},
    Event.MEMBER_ADDED: {"organisation": "acme", "account": "bob", "role": "manager", "by": "ada"},
    Event.MEMBER_CHANGED: {"organisation": "acme", "account": "bob", "role": "owner"},
    Event.MEMBER_REMOVED: {"organisation": "acme", "account": "bob"},
    Event.TEAM_CHANGED: {"organisation": "acme", "account": "bob", "to": "bob", "team": "smiths", "change": "joined"},
    Event.ORGANISATION_POLICY_CHANGED: {"organisation": "acme", "account": "ada", "policy": ["two-people"]},
    Event.PROJECT_POLICY_CHANGED: {"policy": ["attestations", "trusted-publishing"]},
    Event.ORGANISATION_POLICY_ASKED: {"organisation": "acme", "account": "ada", "lifted": ["two-people"], **EXPIRES},
    Event.ORGANISATION_POLICY_KEPT: {"organisation": "acme", "account": "ada", "lifted": ["two-people"]},
    Event.PROJECT_POLICY_ASKED: {"lifted": ["attestations", "two-people"], **EXPIRES},
    Event.PROJECT_POLICY_KEPT: {"lifted": ["attestations", "two-people"]},
    Event.PROJECT_VISIBILITY_CHANGED: {"private": True},
    Event.PROJECT_TRANSFERRED: {"organisation": "acme", "account": "ada"},
    Event.PROJECT_STATUS_CHANGED: {"status": "quarantined", "reason": "steals credentials when it is installed"},
    Event.RELEASE_YANKED: {"reason": "writes world-readable files"},
    Event.PROVENANCE_CHANGED: {
        "since": "1.0",
        "reason": "repository was https://forge.example/acme/anvil, is https://forge.example/mallory/anvil",
    },
}
#: The same event, of what a browser is known by alone, and of that beside a token.
BROWSER_LEAKED: dict[str, object] = {
    "account": "ada",
    "token": "known-browser",
    "projects": [],
    "reason": "found at https://code.example/ada/notes/cookies.txt (content)",
    "ended": [{"what": "device", "id": "known-browser", "url": "", "found_in": "content"}],
}
BOTH_LEAKED: dict[str, object] = {
    **BROWSER_LEAKED,
    "token": "5f0c1d2e3a4b5c6d, known-browser",
    "ended": [{"what": what, "id": "x", "url": "", "found_in": "content"} for what in ("token", "device")],
}
OF_PROJECTS = {"project": "anvil", "version": "2.0", "filename": "anvil-2.0.tar.gz"}


def happened(event: Event, **detail: object) -> Recorded:
    given = detail or DETAILS.get(event) or ({"account": "ada", **SEEN} if event.startswith("account.") else {})
    speaks_of = {
        key: value
        for key, value in OF_PROJECTS.items()
        if event.startswith(
            {"project": ("project.", "role.", "publisher.", "release.", "file.")}.get(key, ("release.", "file."))
        )
        and (key != "filename" or event.startswith("file."))
    }
    return Recorded(7, NOW, Happening(event, "ada", **speaks_of, detail=given))


def facts_of(event: Event) -> Facts:
    return replace(SITE, address="ada@old.example") if event.startswith("account.email") else SITE


def link_facts(kind: Link) -> Facts:
    facts = replace(SITE, account="ada", source="203.0.113.7", device=FIREFOX)
    if kind in (Link.ADDRESS_TAKEN, Link.RECOVERY_IMPOSSIBLE):
        return replace(facts, account="" if kind is Link.RECOVERY_IMPOSSIBLE else "ada")
    if kind is Link.INVITATION:
        facts = replace(facts, account="bob", by="ada", project="anvil", role="publisher", source="", device="")
    return replace(facts, link=LINK, expires=NOW + timedelta(hours=1))


def shown(words: Words) -> str:
    return f"Subject: {words.subject}\n\n{words.text}"


def every_letter() -> dict[str, Words]:
    told = {event.name.lower(): compose(happened(event), facts_of(event)) for event in TOLD}
    told |= {"token_leaked_browser": compose(happened(Event.TOKEN_LEAKED, **BROWSER_LEAKED), SITE)}
    told |= {"token_leaked_both": compose(happened(Event.TOKEN_LEAKED, **BOTH_LEAKED), SITE)}
    return told | {f"link_{kind.name.lower()}": compose_link(kind, link_facts(kind)) for kind in Link}


class Skimmed(HTMLParser):
    """The tags of a page, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] not in ("style", "title"):
            self.words += data.split()


@pytest.mark.parametrize("name", sorted(every_letter()))
def test_a_letter_says_what_its_kept_copy_says(name: str) -> None:
    copy, words = KEPT / f"{name}.txt", every_letter()[name]
    if os.environ.get("UPDATE_LETTERS"):
        copy.write_text(shown(words))
    assert shown(words) == copy.read_text()


def test_there_is_no_kept_copy_of_a_letter_that_is_no_more() -> None:
    assert {path.stem for path in KEPT.glob("*.txt")} == set(every_letter())


@pytest.mark.parametrize("name", sorted(every_letter()))
def test_text_and_page_say_the_same_words(name: str) -> None:
    words = every_letter()[name]
    as_text = [word for word in words.text.split() if word != "--"]
    as_page = Skimmed(words.html).words
    rows = {f"{row}:" for row in ("When", "Account", "By", "From", "E-mail", "Project", "Version", "File", "Name")}
    rows |= {"Role:", "Team:", "Token:", "Rights:", "Projects:", "Expires:", "Reason:"}
    assert [word.removesuffix(":") if word in rows else word for word in as_text] == as_page


@pytest.mark.principle("AUTHN-1.4")
def test_every_event_has_a_line_that_says_who_is_told() -> None:
    assert set(NOTICES) == set(Event)
    assert set(LINK_LETTERS) == set(Link)
    for notice in filter(None, NOTICES.values()):
        assert notice.who and Who.NOBODY not in notice.who


def test_every_template_is_used_and_every_letter_has_one() -> None:
    there = {path.stem for path in Path(letters.__file__).parent.glob("*.jinja")}
    parts = {"foot", "unless", "unless_organisation", "unless_project", "unless_administrators"}
    asked = [notice.template for notice in (*filter(None, NOTICES.values()), *LINK_LETTERS.values())]
    assert there - parts == set(asked)
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("event", TOLD)
def test_a_letter_is_whole_when_its_event_says_little(event: Event) -> None:
    words = compose(Recorded(1, NOW, Happening(event, "ada")), SITE)
    assert "  " not in words.text.replace("\n  ", "\n").partition("When")[0]
    assert not re.search(r"None|undefined|\{|\}", words.text)


@pytest.mark.parametrize("name", sorted(every_letter()))
def test_a_letter_loads_nothing_and_leads_nowhere_else(name: str) -> None:
    words = every_letter()[name]
    page = Skimmed(words.html)
    assert not {tag for tag, _ in page.tags} & {"img", "link", "script", "iframe", "form", "object", "svg"}
    assert "url(" not in words.html and "@import" not in words.html
    assert "prefers-color-scheme: dark" in words.html
    for tag, attributes in page.tags:
        if tag == "a":
            assert (attributes["href"] or "").startswith(SITE.site_url)
    for url in re.findall(r"https?://\S+", words.text):
        assert url.startswith(SITE.site_url)


@pytest.mark.parametrize("name", sorted(every_letter()))
def test_the_voice_is_calm(name: str) -> None:
    words = every_letter()[name]
    assert "!" not in words.subject + words.text
    assert len(words.subject) < 100
    assert max(len(line) for line in words.text.splitlines() if "://" not in line) <= 110


HOSTILE = (
    '<script>alert(1)</script>"&\r\nBcc: eve@evil.example\n\u202egpj.exe\u2028 https://evil.example/ {title} {{ 7*7 }}'
)


@pytest.mark.parametrize("event", TOLD)
def test_what_strangers_wrote_neither_marks_up_a_page_nor_adds_a_line(event: Event) -> None:
    keys = (
        "account",
        "label",
        "device",
        "source",
        "token",
        "rights",
        "expires",
        "role",
        "to",
        "reason",
        "status",
        "by",
        "projects",
        "enforced_from",
        "until",
        "way",
    )
    what = Happening(event, HOSTILE, HOSTILE, HOSTILE, HOSTILE, dict.fromkeys(keys, HOSTILE))
    words = compose(Recorded(1, NOW, what), replace(SITE, title=HOSTILE, address=HOSTILE))
    assert words.subject.isprintable()
    assert "\u202e" not in words.text + words.html
    assert "\r" not in words.text and "\n\nBcc" not in words.text
    assert "<script" not in words.html
    assert "49" not in words.text


@pytest.mark.parametrize("kind", Link)
def test_a_letter_with_a_link_is_as_hard_to_spoil(kind: Link) -> None:
    facts = replace(
        link_facts(kind), account=HOSTILE, project=HOSTILE, role=HOSTILE, by=HOSTILE, source=HOSTILE, device=HOSTILE
    )
    words = compose_link(kind, facts)
    assert words.subject.isprintable()
    assert "\r" not in words.text and "\n\nBcc" not in words.text
    assert "<script" not in words.html


def test_a_program_that_calls_itself_an_address_is_no_link_to_follow() -> None:
    device = "Confirm at https://evil.example/ada or www.evil.example"
    words = compose(happened(Event.SIGNED_IN_NEW_DEVICE, account="ada", device=device), SITE)
    assert "“Confirm”" in words.text
    assert "evil.example" not in words.text + words.html


def test_long_names_are_cut() -> None:
    words = compose(happened(Event.KEY_ADDED, label="a" * 10_000), SITE)
    assert "a" * 299 + "…" in words.text
    assert len(words.text) < 2000


def test_where_somebody_was_is_told_to_nobody_else() -> None:
    for event in TOLD:
        words = compose(happened(event, account="ada", role="owner", **SEEN), SITE)
        notice = NOTICES[event]
        assert notice is not None
        others = set(notice.who) - {Who.SELF, Who.PRIMARY, Who.FORMER}
        assert ("203.0.113.7" in words.text + words.html) == (not others), event


def test_where_an_administrator_was_is_not_told_to_the_account_that_they_dealt_with() -> None:
    for event in (Event.ACCOUNT_DISABLED, Event.RECOVERY_APPROVED, Event.VOUCHER_GIVEN):
        detail = {"account": "bob", **SEEN}
        assert "203.0.113.7" not in compose(happened(event, **detail), SITE).text


def test_a_notice_carries_no_link_unless_it_is_made_for_one() -> None:
    with pytest.raises(ValueError, match="carries no link"):
        compose(happened(Event.PASSWORD_CHANGED), replace(SITE, link=LINK))
    assert LINK in compose(happened(Event.RECOVERY_REQUESTED), replace(SITE, link=LINK)).text
    for kind in (Link.ADDRESS_TAKEN, Link.RECOVERY_IMPOSSIBLE):
        with pytest.raises(ValueError, match="carries no link"):
            compose_link(kind, replace(SITE, link=LINK))


def test_a_link_leads_to_the_repository_and_nowhere_else() -> None:
    for link in ("https://evil.example/x", "https://packages.acme.example.evil.example/x"):
        with pytest.raises(ValueError, match="nowhere else"):
            compose_link(Link.RECOVER, replace(SITE, link=link))
    with pytest.raises(ValueError, match="is for its link"):
        compose_link(Link.RECOVER, SITE)


def test_the_link_that_is_good_once_comes_before_every_other() -> None:
    for kind in Link:
        if LINK_LETTERS[kind].takes_link:
            assert re.findall(r"https?://\S+", compose_link(kind, link_facts(kind)).text)[0] == LINK


def test_of_what_is_told_to_nobody_there_is_no_letter() -> None:
    with pytest.raises(ValueError, match="nobody is told"):
        compose(happened(Event.SIGNED_IN), SITE)


def test_a_removal_is_told_once_and_not_for_each_of_its_files() -> None:
    def gone(event: Event, version: str = "", filename: str = "", time: datetime = NOW) -> Recorded:
        return Recorded(1, time, Happening(event, "ada", "anvil", version, filename))

    files = [gone(Event.FILE_REMOVED, "1.0", f"anvil-1.0-{n}.whl") for n in range(3)]
    release, project = gone(Event.RELEASE_REMOVED, "1.0"), gone(Event.PROJECT_REMOVED)
    assert worth_telling(files) == files
    assert worth_telling([*files, release]) == [release]
    assert worth_telling([*files, release, project]) == [project]
    other = gone(Event.FILE_REMOVED, "2.0", "anvil-2.0.whl")
    earlier = gone(Event.FILE_REMOVED, "1.0", "anvil-1.0.whl", NOW - timedelta(seconds=1))
    assert worth_telling([other, earlier, *files, release]) == [other, earlier, release]
    assert worth_telling([happened(Event.SIGNED_IN)]) == []


def test_tokens_that_end_with_a_recovery_are_told_with_it() -> None:
    recovered = happened(Event.RECOVERY_COMPLETED, account="ada")
    token, others = (happened(Event.TOKEN_REVOKED, account=name, token="5f") for name in ("ada", "bob"))
    assert worth_telling([token, others, recovered]) == [others, recovered]


def test_an_event_concerns_the_account_that_it_names() -> None:
    assert account_of(happened(Event.ROLE_GRANTED, to="bob")) == "bob"
    assert account_of(happened(Event.PASSWORD_CHANGED, source="203.0.113.7")) == "ada"


def test_a_letter_is_made_of_words_and_an_address() -> None:
    letter = Letter("ada@acme.example", *compose(happened(Event.PASSWORD_CHANGED), SITE))
    assert letter.subject == "[Acme Packages] The password of ada was changed"


def test_a_failure_says_whether_trying_again_can_help() -> None:
    assert Undelivered("no such box", is_permanent=True).is_permanent


@pytest.mark.parametrize(
    ("way", "says"),
    [("recovery-code", "a recovery code"), ("second-address", "another address"), ("administrators", "has vouched")],
)
def test_the_letter_of_a_second_proof_says_which_it_was_and_until_when_there_is_time(way: str, says: str) -> None:
    until = "2026-11-25T06:15:00+00:00"
    words = compose(happened(Event.RECOVERY_APPROVED, account="ada", way=way, until=until), SITE)
    assert says in words.text and "25 November 2026, 06:15 UTC" in words.text
    assert ("administrator" in words.text.partition("What a recovery takes")[0]) == (way == "administrators")


def test_a_letter_shows_of_an_unknown_program_its_name_and_none_of_its_sentences() -> None:
    sentence = "Call +1-555-0100 at once: your account is lost. " * 4
    for agent, shows in ((sentence, "“Call”"), ("curl/8.5.0", "“curl”"), ("(hello)", "does not say what it is")):
        words = compose(happened(Event.SIGNED_IN_NEW_DEVICE, account="ada", device=agent, source="203.0.113.7"), SITE)
        assert shows in words.text
        assert "555" not in words.text
