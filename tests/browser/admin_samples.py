"""Every page of administrators, with the people of the pages of accounts.

Principles: none
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from tests.browser.people_samples import ALWAYS, ENDANGERED, KEYS, NOW, SEEN, SETTLED, STRONG, WEAK, before, happening

from strongroom.authn.accounts import AccountName
from strongroom.authn.recovery import ProofKind, Recovery
from strongroom.authz.roles import Role
from strongroom.kernel.events import Event
from strongroom.kernel.refusals import Refused
from strongroom.people.administration import Seen
from strongroom.web.pages import Pages

GRACE: Final = replace(
    STRONG, name=AccountName("grace"), email="grace@example.net", is_administrator=False, keys=0,
    created=before(days=400),
)  # fmt: skip
GUS: Final = replace(
    WEAK, name=AccountName("gus-who-has-a-rather-long-name-of-forty-nine"), email="gus@mail.example.org"
)
OLD: Final = replace(GRACE, name=AccountName("old"), is_disabled=True, must_change_password=True, totp_secret="")
BEGUN: Final = Recovery(
    "9d", GRACE.name, before(hours=7), None, frozenset({ProofKind.ADDRESS}), frozenset({"lin"}), "198.51.100.99"
)

SELF: Final = Seen(
    account=STRONG, strength="a passkey or security key", addresses=SETTLED.addresses, keys=KEYS,
    sessions=SETTLED.sessions, projects=[("anvil-forge", Role.OWNER), ("tongs", Role.PUBLISHER)],
    events=SETTLED.events, recovery=None,
)  # fmt: skip
OTHER: Final = Seen(
    account=replace(GRACE, read_only_until=NOW + timedelta(hours=30)), strength="a one-time code",
    addresses=SETTLED.addresses[:2], keys=(), sessions=SETTLED.sessions[2:], projects=[("bellows", Role.OWNER)],
    events=[
        happening(95, Event.ACCOUNT_VIEWED, 0, actor="ada", by="ada"),
        happening(94, Event.RECOVERY_APPROVED, 0, actor="lin", by="lin"),
        *SETTLED.events[-2:],
    ],
    recovery=ENDANGERED.recovery,
)  # fmt: skip
ENDED: Final = Seen(
    account=OLD, strength="a password", addresses=SETTLED.addresses[2:], keys=(), sessions=(), projects=(),
    events=[happening(60, Event.ACCOUNT_DISABLED, 1, actor="ada", by="ada", reason="Left the company.", **SEEN)],
    recovery=None,
)  # fmt: skip


def admin_pages(pages: Pages) -> Iterator[tuple[str, bytes]]:
    """Yield every page of administrators by a short name."""
    for name, template, facts in _samples():
        looked = {**ALWAYS, "who": "ada", "is_administrator": True, "now": NOW, **facts}
        yield f"account-admin-{name}", pages.of_people(f"admin/{template}.html", **looked)


def _samples() -> Iterator[tuple[str, str, dict[str, Any]]]:
    everybody = {"accounts": [STRONG, GRACE, GUS, OLD], "query": "", "registration": "invited"}
    yield "accounts", "accounts", {**everybody, "said": "An invitation is on its way to lin@example.org."}
    wrong = Refused("bad-request", "That is no e-mail address.")
    none = {"accounts": [], "query": "nobody", "registration": "invited", "error": wrong, "typed": {"email": "lin"}}
    yield "accounts-none", "accounts", none
    yield "accounts-closed", "accounts", {**everybody, "query": "example", "registration": "closed"}
    yield "account", "account", {"seen": OTHER}
    last = Refused("last-administrator", "ada is the only administrator. Make another one first.")
    yield "account-self", "account", {"seen": SELF, "error": last}
    yield "account-disabled", "account", {"seen": ENDED, "said": "old is disabled."}
    others = [
        BEGUN,
        replace(BEGUN, identifier="9e", account=STRONG.name, approvals=frozenset()),
        replace(BEGUN, identifier="9f", account=OLD.name, approvals=frozenset({"ada"})),
        replace(BEGUN, identifier="90", account=GUS.name, ready=NOW + timedelta(hours=60),
                proofs=frozenset({ProofKind.ADDRESS, ProofKind.SECOND_ADDRESS})),
        replace(BEGUN, identifier="91", account=GUS.name, ready=before(hours=1),
                proofs=frozenset({ProofKind.ADDRESS, ProofKind.ADMINISTRATORS})),
    ]  # fmt: skip
    yield "recoveries", "recoveries", {"recoveries": others, "quorum": 2}
    yield "recoveries-none", "recoveries", {"recoveries": [], "quorum": 1}
