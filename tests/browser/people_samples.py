"""Every page of accounts, with people, keys and tokens that are invented.

Principles: none
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import segno
from markupsafe import Markup

from strongroom.authn.accounts import Account, AccountName, Address
from strongroom.authn.assurance import Strength
from strongroom.authn.factors import Codes, Voucher
from strongroom.authn.passkeys import Key
from strongroom.authn.recovery import ProofKind, Recovery
from strongroom.authn.sessions import Session
from strongroom.authz.roles import Right, Role
from strongroom.authz.tokens import Token
from strongroom.kernel.events import Event, Happening, Recorded
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.people.recovery import Standing
from strongroom.people.security import Held, Security
from strongroom.web.pages import Pages

NOW: Final = datetime(2026, 11, 3, 12, 4, tzinfo=UTC)
ADA: Final = AccountName("ada")
ORIGIN: Final = "http://127.0.0.1:8000"
#: What every page of people gets, whoever looks at it.
ALWAYS: Final[dict[str, Any]] = {
    "said": "", "error": None, "typed": {}, "next": "", "who": "", "origin": ORIGIN, "is_administrator": False,
    "organisation": "",
}  # fmt: skip
SECRET: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LINK: Final = "srm_t0000000000000000000000000000000000000000000example"
TOKEN: Final = "srm_u0000000000000000000000000000000000000000000example"
FIREFOX: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0"
SAFARI: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 "
    "Mobile/15E148 Safari/604.1"
)

WEAK: Final = Account(ADA, "ada@example.org", False, False, NOW - timedelta(minutes=6), password_hash="$argon2id$")
STRONG: Final = replace(
    WEAK, email_verified=True, is_administrator=True, created=NOW - timedelta(days=812), keys=2, had_factor=True,
    totp_secret=SECRET,
)  # fmt: skip


def before(**ago: int) -> datetime:
    """Return a moment before now."""
    return NOW - timedelta(**ago)


def session(identifier: str, agent: str, source: str, strength: Strength, hours: int) -> Session:
    """Return a session of ada's, begun `hours` ago."""
    begun = before(hours=hours)
    return Session(
        identifier, "f" * 64, ADA, strength, begun, begun, begun + timedelta(hours=12), before(minutes=3), source, agent
    )


def happening(serial: int, event: Event, days: int, actor: str = "ada", project: str = "", **detail: str) -> Recorded:
    """Return an event of ada's account, `days` ago."""
    return Recorded(serial, before(days=days), Happening(event, actor, project, detail={"account": "ada", **detail}))


HERE: Final = session("5a5a", FIREFOX, "203.0.113.7", Strength.PHISHING_RESISTANT, 1)
KEYS: Final = (
    Key("AAAA", ADA, "blue key on the ring", "", 4, ("usb",), False, before(days=400), before(days=2)),
    Key("BBBB", ADA, "Phone", "", 0, ("internal",), True, before(days=31), None),
)
SEEN: Final[Mapping[str, str]] = {"source": "203.0.113.7", "device": FIREFOX}

BEGINNING: Final = Security(
    account=WEAK,
    session=replace(HERE, strength=Strength.PASSWORD),
    strength=Strength.PASSWORD,
    sudo_until=NOW + timedelta(minutes=9),
    addresses=[Address(1, ADA, "ada@example.org", True, None)],
    keys=(),
    codes=Codes(None, 0, False),
    sessions=[replace(HERE, strength=Strength.PASSWORD)],
    tokens=(),
    projects=(),
    events=[happening(1, Event.ACCOUNT_CREATED, 0, **SEEN)],
    recovery=None,
    voucher=None,
    has_vouchers=False,
    identities=(),
)

SETTLED: Final = Security(
    account=STRONG,
    session=HERE,
    strength=Strength.PHISHING_RESISTANT,
    sudo_until=NOW + timedelta(minutes=9),
    addresses=[
        Address(1, ADA, "ada@example.org", True, before(days=811), "well", before(days=3)),
        Address(2, ADA, "ada.smith@mail.example.net", False, before(days=300), "unknown", before(days=3)),
        Address(3, ADA, "ada@lapsed.example", False, before(days=700), "lapsed", before(days=3)),
    ],
    keys=KEYS,
    codes=Codes(before(days=90), 8, True),
    sessions=[
        HERE,
        session("6b6b", SAFARI, "2001:db8:7:1::42", Strength.PHISHING_RESISTANT, 5),
        session("7c7c", "strongroom/1.0", "198.51.100.23", Strength.TOTP, 11),
    ],
    tokens=[
        Token(
            "3f9c11aa90d1", "", ADA, frozenset({Right.PUBLISH}), frozenset({ProjectName("pypi", "anvil-forge")}),
            before(days=80), NOW + timedelta(days=10), last_used=before(days=1), label="CI of anvil-forge",
        ),
        Token(
            "77ab0c120001", "", ADA, frozenset({Right.PUBLISH, Right.YANK}), None, before(days=2),
            NOW + timedelta(days=88),
        ),
        Token(
            "88bc0c120002", "", ADA, frozenset({Right.READ}), frozenset(), before(days=1), NOW + timedelta(days=30),
            label="installs in CI", prefixes=frozenset({"acme-", "anvil-"}), networks=("192.0.2.0/24", "2001:db8::/32"),
            parent="77ab0c120001",
        ),
    ],
    projects=[
        Held("anvil-forge", Role.OWNER, before(days=20)),
        Held("anvil-forge", Role.SECURITY_CONTACT, before(days=20)),
        Held("bellows", Role.OWNER, NOW + timedelta(days=24)),
        Held("tongs", Role.PUBLISHER, None),
    ],
    events=[
        happening(91, Event.SIGNED_IN, 0, **SEEN),
        happening(90, Event.TOKEN_CREATED, 2, label="", **SEEN),
        happening(85, Event.SIGNED_IN_NEW_DEVICE, 5, source="2001:db8:7:1::42", device=SAFARI),
        happening(80, Event.ROLE_GRANTED, 12, actor="grace", project="tongs", role="publisher"),
        happening(71, Event.KEY_ADDED, 31, label="Phone", **SEEN),
        happening(70, Event.PROJECT_CRITICAL, 50, actor="strongroom", project="anvil-forge"),
        happening(2, Event.EMAIL_VERIFIED, 811),
        happening(1, Event.ACCOUNT_CREATED, 812),
    ],
    recovery=None,
    voucher=None,
    has_vouchers=True,
    identities=[("https://login.example.org", "8f14e45f", before(days=1))],
)  # fmt: skip

ENDANGERED: Final = replace(
    SETTLED,
    account=replace(STRONG, must_change_password=True, read_only_until=NOW + timedelta(hours=40), totp_secret=""),
    codes=Codes(before(days=1), 10, False),
    keys=KEYS[:1],
    sudo_until=None,
    recovery=Recovery(
        "9d", ADA, before(hours=7), NOW + timedelta(hours=65),
        frozenset({ProofKind.ADDRESS, ProofKind.RECOVERY_CODE}), frozenset(), "198.51.100.99",
    ),
    voucher=Voucher("KEY-4711-EXAMPLE", ADA, before(days=3)),
)  # fmt: skip

LEAKED: Final = Refused(
    "leaked-password",
    "This password is on public lists of leaked ones. Choose another, here and wherever else you use it.",
    principle="AUTHN-2.4",
)
WRONG_CODE: Final = Refused(
    "wrong-code", "That code does not match. Check the clock of your device and enter the newest code.",
    principle="AUTHN-1.5",
)  # fmt: skip


def people_pages(pages: Pages) -> Iterator[tuple[str, bytes]]:
    """Yield every page of accounts by a short name."""
    for name, template, facts in [*_outside(), *_recovering(), *_inside(), *_work()]:
        yield f"account-{name}", pages.of_people(f"account/{template}.html", **(ALWAYS | facts))


Sample = tuple[str, str, dict[str, Any]]


def _outside() -> Iterator[Sample]:
    usual = {"registration": "open"}
    yield "sign-in", "sign_in", {**usual, "next": "account/tokens/"}
    yield "sign-in-organisation", "sign_in", {"registration": "invited", "organisation": "Example Works"}
    refused = Refused("wrong-credentials", "Name and password do not match, or there is no such account.")
    yield "sign-in-refused", "sign_in", {"registration": "closed", "error": refused, "typed": {"name": "ada"}}
    yield "code", "code", {"next": "account/tokens/"}
    yield "code-refused", "code", {"error": WRONG_CODE}
    yield "recovery-code", "recovery_code", {}
    yield "key", "key", usual
    yield "confirm-mailed", "confirm", {"link": ""}
    yield "confirm", "confirm", {"link": LINK}
    yield "register", "register", {"registration": "open", "invitation": "", "may_register": True}
    invited = {"registration": "invited", "invitation": LINK, "may_register": True, "error": LEAKED}
    yield "register-refused", "register", {**invited, "typed": {"name": "ada", "email": "ada@example.org"}}
    yield "register-invited", "register", {"registration": "invited", "invitation": "", "may_register": False}
    yield "register-closed", "register", {"registration": "closed", "invitation": "", "may_register": False}


def _recovering() -> Iterator[Sample]:
    mailed = "If an account can be recovered through that address, a link is on its way to it."
    yield "recover", "recover", {}
    yield "recover-mailed", "recover", {"said": mailed}
    for factors in ((), ("totp", "recovery-code"), ("key", "recovery-code"), ("recovery-code",), ("recovery",)):
        facts = {"link": LINK, "account": "ada", "factors": factors}
        yield f"recover-by-{'-or-'.join(factors) or 'mail'}", "recover_link", facts
    link = {"link": LINK, "account": "ada", "factors": ("totp", "recovery-code")}
    yield "recover-refused", "recover_link", {**link, "error": WRONG_CODE}
    yield "recover-second", "recover_second", {"link": LINK}
    yield "recover-cancel", "recover_cancel", {"link": LINK}
    begun = {"recovery": LINK, "may_finish": False}
    yield "recovery", "recovery", {**begun, "stands": Standing(ADA, (ProofKind.ADDRESS,), None, 1, True)}
    yield "recovery-alone", "recovery", {**begun, "stands": Standing(ADA, (ProofKind.ADDRESS,), None, 0, False)}
    both = (ProofKind.ADDRESS, ProofKind.SECOND_ADDRESS)
    waits = Standing(ADA, both, NOW + timedelta(hours=70), 1, True)
    yield "recovery-waits", "recovery", {**begun, "stands": waits, "said": "The second address is confirmed."}
    yield "recovery-over", "recovery", {**begun, "stands": replace(waits, ready=before(hours=1)), "may_finish": True}


def _inside() -> Iterator[Sample]:
    who = {"who": "ada", "now": NOW}
    yield "security-new", "security", {**who, "security": BEGINNING, "said": "Your account is made."}
    yield "security", "security", {**who, "security": SETTLED}
    taken = Refused("address-taken", "Your account has this e-mail address already.")
    failed = {"error": taken, "typed": {"email": "ada@example.org"}}
    yield "security-in-danger", "security", {**who, "security": ENDANGERED, **failed}
    yield "verify", "verify", {"who": "ada", "link": LINK}
    drawn = segno.make(f"otpauth://totp/ada?secret={SECRET}", error="m").svg_inline(scale=5, omitsize=True)
    seed = {"secret": SECRET, "qr_svg": Markup(drawn)}
    yield "totp", "totp", {"who": "ada", **seed}
    yield "totp-refused", "totp", {"who": "ada", **seed, "error": WRONG_CODE}
    yield "keys", "keys", {"who": "ada", "account": WEAK}
    codes = [f"{n:04d}-k7m2-9xqp-{n * 7:04d}" for n in range(10)]
    yield "codes", "codes", {"who": "ada", "codes": codes}
    yield "try-code", "try_code", {**who, "security": ENDANGERED, "error": WRONG_CODE}
    yield "try-code-none", "try_code", {**who, "security": BEGINNING}
    yield "password", "password", {"who": "ada", "account": STRONG}
    yield "password-leaked", "password", {"who": "ada", "account": replace(STRONG, must_change_password=True)}
    without = {"who": "ada", "account": replace(STRONG, password_hash=""), "error": LEAKED}
    yield "password-none", "password", without
    asked = "Confirm that it is you, with a passkey or security key."
    for strongest in ("phishing_resistant", "totp", "password", "none", "organisation"):
        facts = {"who": "ada", "strongest": strongest, "said": asked, "next": "account/tokens/"}
        yield f"prove-{strongest}", "prove", facts


def _work() -> Iterator[Sample]:
    who = {"who": "ada", "now": NOW, "account": STRONG}
    yield "new-token", "new_token", {**who, "security": SETTLED}
    many = replace(SETTLED, projects=[Held(f"project-{n}", Role.OWNER, None) for n in range(40)])
    unknown = Refused("no-such-project", "You have no role in anvil-forge-extra: a token is for projects of yours.")
    yield (
        "new-token-many",
        "new_token",
        {**who, "security": many, "error": unknown, "typed": {"days": "7", "rights": "yank remove"}},
    )
    yield "new-token-none", "new_token", {**who, "security": BEGINNING}
    nowhere = Refused("bad-request", "A network is written like 192.0.2.0/24 or 2001:db8::/32.")
    typed = {"projects": "tongs acme-*", "rights": "read", "networks": "the office"}
    yield "new-token-nowhere", "new_token", {**who, "security": SETTLED, "error": nowhere, "typed": typed}
    made: dict[str, Any] = {"token": TOKEN, "id": "3f9c", "expires": "2027-02-01T12:04:00+00:00"}
    wide = {**made, "rights": ["publish", "yank"], "prefixes": [], "networks": []}
    yield "token", "token", {"who": "ada", **wide, "projects": ["anvil-forge", "tongs"]}
    yield "token-for-all", "token", {"who": "ada", **wide, "projects": None}
    reads = {**made, "rights": ["read"], "prefixes": ["acme-"], "networks": ["192.0.2.0/24"]}
    yield "token-to-read", "token", {"who": "ada", **reads, "projects": ["tongs"]}
    yield "remove", "remove", {"who": "ada", "account": STRONG}
    wrong = Refused("not-confirmed", "Type the name of your account to remove it.")
    yield "remove-refused", "remove", {"who": "ada", "account": STRONG, "error": wrong, "typed": {"name": "adda"}}
