"""What people do with their own accounts, in a session.

Principles: AUTHN-1.1, AUTHN-1.3, AUTHN-2.2, AUTHN-3.2, AUTHZ-1.1, AUTHZ-2.1
"""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field

from strongroom.authz.tokens import Token, facts_of, parse_networks, parse_projects, parse_rights, parse_token
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import addresses, factors, passwords, recovery, registration, security, tokens
from strongroom.people.desk import Visitor, parse_ticket
from strongroom.people.factors import Renewed
from strongroom.people.tokens import Wanted
from strongroom.web.people.deeds import Answer, Counter, Deed, Fields, Long, Nothing, Reply, RightWord, Short


class Code(Fields):
    """A code."""

    code: Short


class NewKey(Fields):
    """What an authenticator made, and what its owner calls it."""

    credential: Answer
    label: Short = ""


class Named(Fields):
    """The identifier of a key, a session or a token."""

    id: Long


class OldAndNew(Fields):
    """The present password, "" where there is none, and the new one."""

    new_password: Long
    password: Long = ""


class Password(Fields):
    """A password."""

    password: Long


class Proof(Fields):
    """The answer of a key to the question that the ticket stands for."""

    ticket: Short
    credential: Answer


class Addressed(Fields):
    """An e-mail address."""

    email: Short


class NewToken(Fields):
    """A token. `every_project`: all of its owner's and new ones, where no projects are named; one or the other.

    A project may be one that is not there yet; `acme-*` is every one whose name begins so. `networks`: where the token
    may be used from, as in 192.0.2.0/24; none: anywhere.
    """

    label: Short = ""
    rights: list[RightWord] = Field(default=["publish"], max_length=10)
    projects: list[Short] = Field(default=[], max_length=100)
    every_project: bool = False
    networks: list[Short] = Field(default=[], max_length=20)
    days: Annotated[int, Field(ge=1, le=365)] = 90


class Derived(Fields):
    """A narrower token, out of `token`: rights, projects, networks and days that are left out are as there.

    It needs no session.
    """

    token: Short
    label: Short = ""
    rights: list[RightWord] | None = Field(default=None, max_length=10)
    projects: list[Short] = Field(default=[], max_length=100)
    networks: list[Short] = Field(default=[], max_length=20)
    days: Annotated[int, Field(ge=1, le=365)] | None = None


class Typed(Fields):
    """The name of the account, typed to be sure."""

    name: Short


def _renewed(renewed: Renewed, said: str, **values: object) -> Reply:
    return Reply({"strength": renewed.strength.name.lower(), **values}, renewed.session, said=said)


def _begin_totp(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    seed = factors.begin_totp(counter.desk, visitor)
    return Reply({"secret": seed.secret.reveal(), "uri": seed.uri}, go="account/totp/")


def _confirm_totp(counter: Counter, visitor: Visitor, fields: Code) -> Reply:
    return _renewed(factors.confirm_totp(counter.desk, visitor, fields.code), "One-time codes are enrolled.")


def _remove_totp(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    factors.remove_totp(counter.desk, visitor)
    return Reply(said="One-time codes are removed.")


def _begin_key(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    return Reply({"options": factors.begin_key(counter.desk, visitor)})


def _finish_key(counter: Counter, visitor: Visitor, fields: NewKey) -> Reply:
    key, renewed = factors.finish_key(counter.desk, visitor, fields.credential, fields.label)
    return _renewed(renewed, f"{key.label} is enrolled.", id=key.identifier, label=key.label)


def _remove_key(counter: Counter, visitor: Visitor, fields: Named) -> Reply:
    factors.remove_key(counter.desk, visitor, fields.id)
    return Reply(said="The key is removed.")


def _make_codes(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    codes = factors.make_recovery_codes(counter.desk, visitor)
    return Reply({"codes": [code.reveal() for code in codes]}, show="account/codes.html")


def _try_code(counter: Counter, visitor: Visitor, fields: Code) -> Reply:
    left = factors.try_recovery_code(counter.desk, visitor, fields.code)
    return Reply({"left": left}, said=f"Your recovery codes count from now on; {left} are left.")


def _change_password(counter: Counter, visitor: Visitor, fields: OldAndNew) -> Reply:
    old = Secret(fields.password) if fields.password else None
    renewed = passwords.change_password(counter.desk, visitor, old, Secret(fields.new_password))
    return _renewed(renewed, "Your password is changed; every other session has ended.")


def _prove_password(counter: Counter, visitor: Visitor, fields: Password) -> Reply:
    return _renewed(factors.prove_by_password(counter.desk, visitor, Secret(fields.password)), "")


def _prove_code(counter: Counter, visitor: Visitor, fields: Code) -> Reply:
    return _renewed(factors.prove_by_code(counter.desk, visitor, fields.code), "")


def _begin_proof(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    options, ticket = factors.begin_proof(counter.desk, visitor)
    return Reply({"options": options, "ticket": ticket.reveal()})


def _prove_key(counter: Counter, visitor: Visitor, fields: Proof) -> Reply:
    ticket = parse_ticket(fields.ticket)
    return _renewed(factors.prove_by_key(counter.desk, visitor, ticket, fields.credential), "")


def _add_address(counter: Counter, visitor: Visitor, fields: Addressed) -> Reply:
    address = _parsed(lambda: addresses.add_address(counter.desk, visitor, fields.email))
    return Reply({"email": address}, said=f"A link is on its way to {address}: follow it in this browser.")


def _parsed(perform: "object") -> str:
    try:
        return str(perform())  # type: ignore[operator]
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None


def _mail_again(counter: Counter, visitor: Visitor, fields: Addressed) -> Reply:
    registration.mail_verification_again(counter.desk, visitor, fields.email)
    return Reply(said="Another link is on its way.")


def _make_primary(counter: Counter, visitor: Visitor, fields: Addressed) -> Reply:
    addresses.make_primary(counter.desk, visitor, fields.email)
    return Reply(said="The primary address is changed. Your account only reads for 72 hours.")


def _remove_address(counter: Counter, visitor: Visitor, fields: Addressed) -> Reply:
    addresses.remove_address(counter.desk, visitor, fields.email)
    return Reply(said="The address is removed.")


def _end_session(counter: Counter, visitor: Visitor, fields: Named) -> Reply:
    security.end_session(counter.desk, visitor, fields.id)
    return Reply(said="The session has ended.")


def _end_others(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    many = security.end_other_sessions(counter.desk, visitor)
    return Reply({"ended": many}, said="Every other session has ended.")


def _create_token(counter: Counter, visitor: Visitor, fields: NewToken) -> Reply:
    wanted = _wanted(counter, fields)
    if wanted.scope is None and not fields.every_project:
        raise Refused("bad-request", "Say which projects the token is for, or that it is for every one of yours.")
    if wanted.scope is not None and fields.every_project:
        raise Refused("bad-request", "A token is for every one of your projects or for those named: one or the other.")
    return _shown(*tokens.create_token(counter.desk, visitor, wanted))


def _derive_token(counter: Counter, visitor: Visitor, fields: Derived) -> Reply:
    try:
        parent = parse_token(fields.token)
    except ValueError:
        raise Refused("unknown-token", "That is no token of this repository, or it was cut short.") from None
    return _shown(*tokens.derive_token(counter.desk, visitor, parent, _wanted(counter, fields)))


def _wanted(counter: Counter, fields: NewToken | Derived) -> Wanted:
    rights = None if fields.rights is None else parse_rights(fields.rights)
    life = None if fields.days is None else timedelta(days=fields.days)
    try:
        networks = parse_networks(_words(fields.networks))
        projects, prefixes = parse_projects(_words(fields.projects), counter.format.parse_name)
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None
    return Wanted(fields.label, rights, projects, life, prefixes, networks)


def _words(said: list[str]) -> list[str]:
    return [word for each in said for word in each.replace(",", " ").split()]


def _shown(secret: Secret, token: Token) -> Reply:
    return Reply({"token": secret.reveal(), **facts_of(token)}, show="account/token.html")


def _revoke_token(counter: Counter, visitor: Visitor, fields: Named) -> Reply:
    tokens.revoke_own_token(counter.desk, visitor, fields.id)
    return Reply(said="The token does not work any more.")


def _cancel_recovery(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    recovery.cancel_in_session(counter.desk, visitor)
    return Reply(said="The recovery was cancelled.")


def _claim_voucher(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    voucher = security.claim_voucher(counter.desk, visitor)
    return Reply({"code": voucher.code}, said=f"Your voucher for a security key: {voucher.code}")


def _leave(counter: Counter, visitor: Visitor, fields: Typed) -> Reply:
    name = registration.leave(counter.desk, visitor, fields.name)
    return Reply({"removed": str(name)}, go="sign-in/", said="Your account is removed.", ends=True)


def _look(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    return Reply(security.as_values(security.look(counter.desk, visitor)))


_TOKEN: Final = {
    "token": "shown this once", "id": "", "label": "", "rights": "", "projects": "null: every one of its owner's",
    "prefixes": "what names begin with that it is for too", "networks": "where it works from; none: anywhere",
    "created": "", "expires": "", "last_used": "", "revoked": "", "parent": "the token that it was derived from",
}  # fmt: skip
_ONE: Final = {"session": "the session's new secret", "strength": "what the session has proved"}

DEEDS: Final = (
    Deed("account", "See one's own account", Nothing, _look, answer={"verified": "", "factors": "", "sessions": "",
         "tokens": "with all but their secrets"}),
    Deed("totp/begin", "Begin to enrol one-time codes", Nothing, _begin_totp, answer={"secret": "base32", "uri": ""}),
    Deed("totp/confirm", "Enrol one-time codes by the first", Code, _confirm_totp, "account/totp/", answer=_ONE),
    Deed("totp/remove", "Remove one-time codes", Nothing, _remove_totp),
    Deed(
        "keys/options", "Begin to enrol a passkey or security key", Nothing, _begin_key,
        answer={"options": "PublicKeyCredentialCreationOptions"}, by_script=True,
    ),
    Deed("keys/add", "Enrol a passkey or security key", NewKey, _finish_key, answer={**_ONE, "id": ""}, by_script=True),
    Deed("keys/remove", "Remove a key", Named, _remove_key),
    Deed("recovery-codes/make", "Make recovery codes", Nothing, _make_codes, answer={"codes": "shown this once"}),
    Deed("recovery-codes/try", "Try one of the new codes, so that they count", Code, _try_code, "account/codes/"),
    Deed("password", "Change or set the password", OldAndNew, _change_password, "account/password/", is_slow=True,
         answer=_ONE),
    Deed("prove/password", "Prove again by password", Password, _prove_password, "account/prove/", is_slow=True,
         answer=_ONE),
    Deed("prove/code", "Prove again by one-time code", Code, _prove_code, "account/prove/", answer=_ONE),
    Deed("prove/key/options", "Begin to prove again by key", Nothing, _begin_proof, "account/prove/",
         answer={"options": "PublicKeyCredentialRequestOptions", "ticket": ""}, by_script=True),
    Deed("prove/key", "Prove again by key", Proof, _prove_key, "account/prove/", answer=_ONE, by_script=True),
    Deed("addresses/add", "Add an address", Addressed, _add_address),
    Deed("addresses/mail-again", "Have the verifying link mailed again", Addressed, _mail_again),
    Deed("addresses/primary", "Make a verified address primary", Addressed, _make_primary),
    Deed("addresses/remove", "Remove an address", Addressed, _remove_address),
    Deed("sessions/end", "End a session", Named, _end_session),
    Deed("sessions/end-others", "End every other session", Nothing, _end_others),
    Deed("tokens/create", "Make a token", NewToken, _create_token, "account/tokens/",
         answer=_TOKEN),
    Deed("tokens/derive", "Make a narrower token out of one that you hold", Derived, _derive_token, "account/tokens/",
         needs_session=False, answer=_TOKEN),
    Deed("tokens/revoke", "Revoke a token", Named, _revoke_token),
    Deed("recovery/cancel", "Object to a recovery of this account", Nothing, _cancel_recovery),
    Deed("vouchers/claim", "Claim a voucher for a security key", Nothing, _claim_voucher),
    Deed("account/remove", "Remove one's own account", Typed, _leave, "account/remove/"),
)  # fmt: skip
