"""What stands on the pages of people: for each address a template, and the facts that it shows.

Every template gets `said` (what the last deed told), `error` (a refusal or None), `typed` (what was typed, nothing
secret), `who` (the account's name, "" when nobody is signed in), `is_administrator`, `organisation` (what the one is
called that signs its members in, "" without one), `next` (where to go afterwards), and the facts below.

Principles: AUTHN-1.3, AUTHN-2.2, AUTHN-3.1
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

import segno
from markupsafe import Markup

from strongroom.authn.accounts import Account, parse_account_name
from strongroom.authn.assurance import Action, own_strength, strength_held
from strongroom.kernel.refusals import Refused
from strongroom.people import administration, passwords, recovery, security
from strongroom.people.desk import Registration, Visitor, keep_alive, parse_ticket, present
from strongroom.people.factors import acting_on_factors, pending_totp
from strongroom.web.pages import Pages
from strongroom.web.people.deeds import Counter
from strongroom.web.people.project_views import my_projects, organisation, project
from strongroom.web.people.publisher_views import publishers

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows beside its facts."""

    said: str = ""
    error: Refused | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    next: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Views:
    """Every page of people."""

    counter: Counter
    pages: Pages

    def page(self, path: str, visitor: Visitor, shown: Shown) -> bytes:
        """Return the page at an address; Refused when there is none, or when it is not for this visitor."""
        keep_alive(self.counter.desk, visitor)
        path = path.partition("?")[0]
        for pattern, template, facts in _PAGES:
            match = re.fullmatch(pattern, path)
            if match:
                part = unquote(match[1] or "") if match.groups() else shown.query
                return self._render(template, visitor, shown, facts(self.counter, visitor, part))
        raise Refused("not-found", "There is nothing at this address.")

    def once(self, template: str, visitor: Visitor, values: Mapping[str, Any]) -> bytes:
        """Return the page that shows something this once."""
        return self._render(template, visitor, Shown(), dict(values))

    def _render(self, template: str, visitor: Visitor, shown: Shown, facts: Facts) -> bytes:
        who = self._who(visitor)
        always = {
            "who": str(who.name) if who else "",
            "is_administrator": bool(who and who.is_administrator),
            "organisation": self.counter.desk.house.organisation,
            "origin": self.counter.desk.party.origin,
            "said": shown.said,
            "error": shown.error,
            "typed": shown.typed,
            "next": shown.next,
        }
        return self.pages.of_people(template, **(always | facts))

    def _who(self, visitor: Visitor) -> Account | None:
        with self.counter.desk.vault.reading() as books:
            try:
                return present(self.counter.desk, books, visitor).account
            except Refused:
                return None


def _nothing(counter: Counter, visitor: Visitor, part: str) -> Facts:
    return {}


def _sign_in(counter: Counter, visitor: Visitor, part: str) -> Facts:
    house = counter.desk.house
    return {
        "registration": house.registration.value,
        "origin": counter.desk.party.origin,
    }


def _register(counter: Counter, visitor: Visitor, part: str) -> Facts:
    house = counter.desk.house.registration
    may = house is Registration.OPEN or (house is Registration.INVITED and bool(part))
    return {"registration": house.value, "invitation": part, "may_register": may}


def _link(counter: Counter, visitor: Visitor, part: str) -> Facts:
    return {"link": part}


def _verify(counter: Counter, visitor: Visitor, part: str) -> Facts:
    _require_present(counter, visitor)
    return {"link": part}


def _recover(counter: Counter, visitor: Visitor, part: str) -> Facts:
    asked = passwords.what_reset_takes(counter.desk, parse_ticket(part))
    return {"link": part, "account": str(asked.account), "factors": asked.factors}


def _under_way(counter: Counter, visitor: Visitor, part: str) -> Facts:
    stands = recovery.stands(counter.desk, parse_ticket(part))
    is_over = stands.ready is not None and counter.desk.clock() >= stands.ready
    return {"recovery": part, "stands": stands, "may_finish": is_over}


def _security(counter: Counter, visitor: Visitor, part: str) -> Facts:
    return {"security": security.look(counter.desk, visitor), "now": counter.desk.clock()}


def _totp(counter: Counter, visitor: Visitor, part: str) -> Facts:
    seed = pending_totp(counter.desk, visitor)
    qr = segno.make(seed.uri, error="m").svg_inline(scale=5, omitsize=True)
    return {"secret": seed.secret.reveal(), "qr_svg": Markup(qr)}  # noqa: S704 (drawn by us)


def _keys(counter: Counter, visitor: Visitor, part: str) -> Facts:
    return _allowed(counter, visitor, Action.ADD_KEY)


def _token(counter: Counter, visitor: Visitor, part: str) -> Facts:
    return {**_allowed(counter, visitor, Action.CREATE_TOKEN), **_security(counter, visitor, part)}


def _allowed(counter: Counter, visitor: Visitor, action: Action) -> Facts:
    with counter.desk.vault.reading() as books:
        who = acting_on_factors(counter.desk, books, visitor, action)
    return {"account": who.account, "origin": counter.desk.party.origin}


def _password(counter: Counter, visitor: Visitor, part: str) -> Facts:
    who = _require_present(counter, visitor)
    return {"account": who}


def _prove(counter: Counter, visitor: Visitor, part: str) -> Facts:
    who = _require_present(counter, visitor)
    held, own = strength_held(who, counter.desk.clock()), own_strength(who)
    # Only the provider can give a proof that is as strong as what it vouches for.
    return {"strongest": "organisation" if held > own else own.name.lower(), "origin": counter.desk.party.origin}


def _accounts(counter: Counter, visitor: Visitor, part: str) -> Facts:
    return {
        "accounts": administration.find_accounts(counter.desk, visitor, part),
        "query": part,
        "registration": counter.desk.house.registration.value,
        "now": counter.desk.clock(),
    }


def _account(counter: Counter, visitor: Visitor, part: str) -> Facts:
    try:
        name = parse_account_name(part)
    except ValueError:
        raise Refused("no-such-account", "There is no account of that name.") from None
    return {"seen": administration.look_at_account(counter.desk, visitor, name), "now": counter.desk.clock()}


def _recoveries(counter: Counter, visitor: Visitor, part: str) -> Facts:
    recoveries = administration.open_recoveries(counter.desk, visitor)
    return {"recoveries": recoveries, "quorum": counter.desk.house.quorum, "now": counter.desk.clock()}


def _require_present(counter: Counter, visitor: Visitor) -> Any:
    with counter.desk.vault.reading() as books:
        return present(counter.desk, books, visitor).account


Look = Callable[[Counter, Visitor, str], Facts]

_PAGES: Final[tuple[tuple[str, str, Look], ...]] = (
    (r"sign-in/", "account/sign_in.html", _sign_in),
    (r"sign-in/code/", "account/code.html", _nothing),
    (r"sign-in/recovery-code/", "account/recovery_code.html", _nothing),
    (r"sign-in/key/", "account/key.html", _sign_in),
    (r"sign-in/confirm/(?:([^/]+)/?)?", "account/confirm.html", _link),
    (r"register/(?:([^/]+)/?)?", "account/register.html", _register),
    (r"recover/", "account/recover.html", _nothing),
    (r"recover/second/([^/]+)/?", "account/recover_second.html", _link),
    (r"recover/cancel/([^/]+)/?", "account/recover_cancel.html", _link),
    (r"recover/under-way/([^/]+)/", "account/recovery.html", _under_way),
    (r"recover/(?:link/)?([^/]+)/?", "account/recover_link.html", _recover),
    (r"account/security/", "account/security.html", _security),
    (r"account/verify/([^/]+)/?", "account/verify.html", _verify),
    (r"account/totp/", "account/totp.html", _totp),
    (r"account/keys/", "account/keys.html", _keys),
    (r"account/codes/", "account/try_code.html", _security),
    (r"account/password/", "account/password.html", _password),
    (r"account/prove/", "account/prove.html", _prove),
    (r"account/tokens/", "account/new_token.html", _token),
    (r"account/projects/", "account/projects.html", my_projects),
    (r"account/projects/([^/]+)/", "account/project.html", project),
    (r"account/organisations/([^/]+)/", "account/organisation.html", organisation),
    (r"account/publishers/", "account/publishers.html", publishers),
    (r"account/publishers/([^/]+)/", "account/publishers.html", publishers),
    (r"account/remove/", "account/remove.html", _password),
    (r"admin/accounts/", "admin/accounts.html", _accounts),
    (r"admin/accounts/([^/]+)/", "admin/account.html", _account),
    (r"admin/recoveries/", "admin/recoveries.html", _recoveries),
)
