"""Signing in and out, registering, and getting back in: the deeds of those who have no session.

Principles: AUTHN-1.1, AUTHN-1.2, AUTHN-1.3, AUTHN-1.5, AUTHN-3.1
"""

from typing import Any, Final

from pydantic import Field

from strongroom.authn.accounts import parse_account_name, parse_email
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.people import passwords, recovery, registration, sign_in
from strongroom.people.desk import Visitor, parse_ticket
from strongroom.people.passwords import Beside
from strongroom.people.registration import Applicant
from strongroom.web.people.deeds import Answer, Counter, Deed, Fields, Long, Nothing, Reply, Short, came_of

_SESSION: Final = {"session": "secret of the session", "device": "secret by which this device is known from now on"}
_MORE: Final = {
    **_SESSION,
    "challenge": "secret that the next step carries, where more is asked for",
    "factors": "what can answer: key, totp, recovery-code",
    "mailed": "whether a link was mailed that must be followed in this same client",
    "must_change": "whether the password must be changed before anything else",
}


class Credentials(Fields):
    """A name or a verified address, and a password. `device` is for programs; a browser has a cookie."""

    name: Short
    password: Long
    device: Short = ""


class CodeAnswer(Fields):
    """A code of a second factor. `device` is for programs; a browser has a cookie."""

    code: Short
    challenge: Short = ""
    device: Short = ""


class KeyAnswer(Fields):
    """What an authenticator answered, as PublicKeyCredential.toJSON() gives it."""

    credential: Answer
    challenge: Short = ""


class Challenged(Fields):
    """A sign-in that has begun."""

    challenge: Short = ""


class Linked(Fields):
    """A link that was mailed, whole or its last part."""

    link: Short
    challenge: Short = ""


class Newcomer(Fields):
    """Somebody who registers. Without a password they sign in with a passkey alone."""

    name: Short
    email: Short
    password: Long = ""
    invitation: Short = ""


class Addressed(Fields):
    """An e-mail address."""

    email: Short


class Reset(Fields):
    """A mailed link, a new password, and the second proof that the account asks for."""

    link: Short
    new_password: Long
    code: Short = ""
    recovery_code: Short = ""
    ticket: Short = ""
    credential: Answer = Field(default={})


class RecoveryCode(Fields):
    """A recovery code, for a recovery that is under way."""

    recovery: Short
    recovery_code: Short


class Recovery(Fields):
    """A recovery that is under way."""

    recovery: Short


class Finish(Fields):
    """A recovery whose waiting time is over, and the new password."""

    recovery: Short
    new_password: Long


def _challenge(fields: Any) -> Secret:
    return parse_ticket(fields.challenge)


def _sign_in(counter: Counter, visitor: Visitor, fields: Credentials) -> Reply:
    return came_of(sign_in.sign_in(counter.desk, visitor, fields.name, Secret(fields.password)))


def _answer_totp(counter: Counter, visitor: Visitor, fields: CodeAnswer) -> Reply:
    return came_of(sign_in.answer_totp(counter.desk, visitor, _challenge(fields), fields.code))


def _answer_code(counter: Counter, visitor: Visitor, fields: CodeAnswer) -> Reply:
    return came_of(sign_in.answer_recovery_code(counter.desk, visitor, _challenge(fields), fields.code))


def _key_options(counter: Counter, visitor: Visitor, fields: Challenged) -> Reply:
    return Reply({"options": sign_in.key_options(counter.desk, _challenge(fields))})


def _answer_key(counter: Counter, visitor: Visitor, fields: KeyAnswer) -> Reply:
    return came_of(sign_in.answer_key(counter.desk, visitor, _challenge(fields), fields.credential))


def _begin_passkey(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    options, challenge = sign_in.begin_passkey(counter.desk, visitor)
    return Reply({"options": options}, challenge=challenge)


def _finish_passkey(counter: Counter, visitor: Visitor, fields: KeyAnswer) -> Reply:
    return came_of(sign_in.finish_passkey(counter.desk, visitor, _challenge(fields), fields.credential))


def _confirm(counter: Counter, visitor: Visitor, fields: Linked) -> Reply:
    link = parse_ticket(fields.link)
    held = _challenge(fields) if fields.challenge else None
    return came_of(sign_in.confirm_device(counter.desk, visitor, held, link))


def _sign_out(counter: Counter, visitor: Visitor, fields: Nothing) -> Reply:
    sign_in.sign_out(counter.desk, visitor)
    return Reply(go="sign-in/", said="You are signed out.", ends=True)


def _register(counter: Counter, visitor: Visitor, fields: Newcomer) -> Reply:
    try:
        name, email = parse_account_name(fields.name), parse_email(fields.email)
    except ValueError as error:
        raise Refused("bad-request", str(error)) from None
    applicant = Applicant(
        name,
        email,
        Secret(fields.password) if fields.password else None,
        parse_ticket(fields.invitation) if fields.invitation else None,
    )
    reply = came_of(registration.register(counter.desk, visitor, applicant))
    said = f"Your account is made. A link is on its way to {email}: follow it in this browser."
    return Reply(reply.values, reply.session, reply.device, said=said)


def _verify(counter: Counter, visitor: Visitor, fields: Linked) -> Reply:
    address = registration.verify_address(counter.desk, visitor, parse_ticket(fields.link))
    return Reply({"verified": address}, said=f"{address} is verified.")


def _ask_for_reset(counter: Counter, visitor: Visitor, fields: Addressed) -> Reply:
    passwords.ask_for_reset(counter.desk, visitor, fields.email)
    said = "If an account can be recovered through that address, a link is on its way to it."
    return Reply({"says": said}, go="recover/", said=said)


def _what_reset_takes(counter: Counter, visitor: Visitor, fields: Linked) -> Reply:
    link = parse_ticket(fields.link)
    asked = passwords.what_reset_takes(counter.desk, link)
    values: dict[str, Any] = {"account": str(asked.account), "factors": list(asked.factors)}
    if "key" not in asked.factors:
        return Reply(values)
    options, ticket = recovery.key_question(counter.desk, asked.account)
    return Reply({**values, "options": options, "ticket": ticket.reveal()})


def _finish_reset(counter: Counter, visitor: Visitor, fields: Reset) -> Reply:
    ticket = parse_ticket(fields.ticket) if fields.ticket else None
    beside = Beside(fields.code, fields.recovery_code, ticket, fields.credential)
    new = Secret(fields.new_password)
    account = passwords.finish_reset(counter.desk, visitor, parse_ticket(fields.link), new, beside)
    said = "Your password is set, and every session of your account has ended. Sign in with it."
    return Reply({"account": str(account)}, go="sign-in/", said=said)


def _begin_recovery(counter: Counter, visitor: Visitor, fields: Linked) -> Reply:
    secret = recovery.begin_recovery(counter.desk, visitor, parse_ticket(fields.link))
    address = f"recover/under-way/{secret.reveal()}/"
    return Reply({"recovery": secret.reveal()}, go=address, said="The recovery has begun. Keep this page's address.")


def _recovery_code(counter: Counter, visitor: Visitor, fields: RecoveryCode) -> Reply:
    secret = parse_ticket(fields.recovery)
    recovery.prove_by_recovery_code(counter.desk, visitor, secret, fields.recovery_code)
    return _under_way(counter, secret, "The recovery code was right.")


def _second_address(counter: Counter, visitor: Visitor, fields: Recovery) -> Reply:
    secret = parse_ticket(fields.recovery)
    many = recovery.mail_second_address(counter.desk, visitor, secret)
    said = "A link is on its way to your other address." if many else "There is no address at another domain."
    return _under_way(counter, secret, said)


def _follow_second(counter: Counter, visitor: Visitor, fields: Linked) -> Reply:
    recovery.prove_by_second_address(counter.desk, visitor, parse_ticket(fields.link))
    said = "The second address is confirmed. Go back to the page of the recovery."
    return Reply({"says": said}, go="recover/", said=said)


def _look_at_recovery(counter: Counter, visitor: Visitor, fields: Recovery) -> Reply:
    return _under_way(counter, parse_ticket(fields.recovery), "")


def _under_way(counter: Counter, secret: Secret, said: str) -> Reply:
    stands = recovery.stands(counter.desk, secret)
    values = {
        "account": str(stands.account),
        "proofs": list(stands.proofs),
        "ready": stands.ready.isoformat() if stands.ready else None,
    }
    return Reply(values, go=f"recover/under-way/{secret.reveal()}/", said=said)


def _finish_recovery(counter: Counter, visitor: Visitor, fields: Finish) -> Reply:
    secret = parse_ticket(fields.recovery)
    account = recovery.account_in(counter.desk, secret)
    password_hash = passwords.fresh_hash(counter.desk, account, Secret(fields.new_password))
    name = recovery.finish_recovery(counter.desk, visitor, secret, password_hash)
    said = "The account is yours again. It only reads for 72 hours; sign in and enrol a second factor."
    return Reply({"account": str(name)}, go="sign-in/", said=said)


def _cancel_recovery(counter: Counter, visitor: Visitor, fields: Linked) -> Reply:
    name = recovery.cancel_by_link(counter.desk, parse_ticket(fields.link))
    return Reply({"account": str(name)}, go="sign-in/", said="The recovery was cancelled. Look at your account.")


def _deed(path: str, summary: str, fields: type[Fields], perform: Any, page: str, **more: Any) -> Deed:
    return Deed(path, summary, fields, perform, page, needs_session=False, **more)


DEEDS: Final = (
    _deed("sign-in", "Sign in with a password", Credentials, _sign_in, "sign-in/", is_slow=True, answer=_MORE),
    _deed("sign-in/code", "Answer with a one-time code", CodeAnswer, _answer_totp, "sign-in/code/", answer=_MORE),
    _deed(
        "sign-in/recovery-code", "Answer with a recovery code", CodeAnswer, _answer_code, "sign-in/recovery-code/",
        answer=_MORE,
    ),
    _deed(
        "sign-in/key/options", "Ask what an enrolled key is asked", Challenged, _key_options, "sign-in/key/",
        answer={"options": "PublicKeyCredentialRequestOptions"}, by_script=True,
    ),
    _deed("sign-in/key", "Answer with a key", KeyAnswer, _answer_key, "sign-in/key/", answer=_MORE, by_script=True),
    _deed(
        "sign-in/passkey/options", "Begin to sign in with a passkey", Nothing, _begin_passkey, "sign-in/",
        answer={"options": "PublicKeyCredentialRequestOptions", "challenge": "comes back with the answer"},
        by_script=True,
    ),
    _deed(
        "sign-in/passkey", "Sign in with a passkey alone", KeyAnswer, _finish_passkey, "sign-in/", answer=_SESSION,
        by_script=True,
    ),
    _deed("sign-in/confirm", "Confirm a new device by mail", Linked, _confirm, "sign-in/confirm/", answer=_SESSION),
    _deed("sign-out", "End this session", Nothing, _sign_out, "sign-in/"),
    _deed("register", "Make an account", Newcomer, _register, "register/", is_slow=True, answer=_SESSION,
          least_seconds=0.1),
    Deed("verify-address", "Verify an address by the mailed link", Linked, _verify, "account/verify/"),
    _deed("recover", "Have a link mailed that sets a new password", Addressed, _ask_for_reset, "recover/",
          least_seconds=0.1),
    _deed(
        "recover/look", "Ask what a mailed link takes beside it", Linked, _what_reset_takes, "recover/",
        answer={"factors": "one of them is needed; none: the link is enough", "options": "for a key", "ticket": ""},
        by_script=True,
    ),
    _deed("recover/password", "Set a new password by a mailed link", Reset, _finish_reset, "recover/link/",
          is_slow=True),
    _deed("recover/begin", "Begin a recovery of lost factors", Linked, _begin_recovery, "recover/link/"),
    _deed("recover/code", "Prove a recovery by a recovery code", RecoveryCode, _recovery_code, "recover/under-way/"),
    _deed("recover/mail-second", "Prove it by a second address", Recovery, _second_address, "recover/under-way/"),
    _deed("recover/second", "Follow the link of a second address", Linked, _follow_second, "recover/second/"),
    _deed("recover/state", "See how a recovery stands", Recovery, _look_at_recovery, "recover/under-way/"),
    _deed("recover/finish", "Finish a recovery", Finish, _finish_recovery, "recover/under-way/", is_slow=True),
    _deed("recover/cancel", "Object to a recovery by the mailed link", Linked, _cancel_recovery, "recover/cancel/"),
)  # fmt: skip
