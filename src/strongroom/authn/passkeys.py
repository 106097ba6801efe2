"""Passkeys and security keys (WebAuthn, Level 3), for one relying party.

Every answer is verified for our origin, our relying party, our challenge, a verified user, a signature of the enrolled
key and a counter that went up. A key that is made here is always discoverable, so that it can sign in by itself.

Principles: AUTHN-2.2, AUTHN-3.1, AUTHN-3.3
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from strongroom.authn.accounts import Account, AccountName
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

MOST_KEYS: Final = 20
LONGEST_LABEL: Final = 64
CHALLENGE_BYTES: Final = 32
_TIMEOUT_MS: Final = 120_000
_LONGEST_ID: Final = 1400  # base64url of 1023 bytes: "at most 1023 bytes" (WebAuthn 3, 4, Credential ID)

_WRONG: Final = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who asks: the domain that keys are bound to, its name for people, and the one origin that pages come from."""

    domain: str
    title: str
    origin: str


@dataclass(frozen=True, slots=True)
class Key:
    """An enrolled authenticator. `identifier`, `public_key` are base64url; `is_synced`: several devices may have it."""

    identifier: str
    account: AccountName
    label: str
    public_key: str
    counter: int
    transports: tuple[str, ...]
    is_synced: bool
    created: datetime
    last_used: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A right answer: by which key, and the counter that it said."""

    identifier: str
    counter: int


class ClonedKey(Exception):
    """The answer is right but the key's counter went back: there are two of it, or it was replayed."""


def enrolment_options(party: RelyingParty, account: Account, challenge: bytes, keys: Sequence[Key]) -> dict[str, Any]:
    """Return PublicKeyCredentialCreationOptions as JSON: discoverable, user verified, no attestation asked for."""
    options = webauthn.generate_registration_options(
        rp_id=party.domain,
        rp_name=party.title,
        user_id=base64url_to_bytes(account.handle),
        user_name=account.name.text,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_descriptors(keys),
    )
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


def sign_in_options(party: RelyingParty, challenge: bytes, keys: Sequence[Key] = ()) -> dict[str, Any]:
    """Return PublicKeyCredentialRequestOptions as JSON; without `keys` any passkey of this site may answer."""
    options = webauthn.generate_authentication_options(
        rp_id=party.domain,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        allow_credentials=_descriptors(keys) or None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


def _descriptors(keys: Sequence[Key]) -> list[PublicKeyCredentialDescriptor]:
    known = {each.value: each for each in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(key.identifier),
            transports=[known[each] for each in key.transports if each in known] or None,
        )
        for key in keys
    ]


@upholds("AUTHN-2.2")
def enrolled(
    party: RelyingParty,
    account: Account,
    challenge: bytes,
    credential: Mapping[str, Any],
    label: str,
    now: datetime,
) -> Key:
    """Return the key that an authenticator made for this challenge; Refused when its answer does not hold."""
    try:
        found = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.domain,
            expected_origin=party.origin,
            require_user_verification=True,
        )
        transports = _transports(credential)
    except _WRONG:
        raise _refused() from None
    return Key(
        identifier=bytes_to_base64url(found.credential_id),
        account=account.name,
        label=parse_label(label),
        public_key=bytes_to_base64url(found.credential_public_key),
        counter=found.sign_count,
        transports=transports,
        is_synced=found.credential_backed_up or found.credential_device_type.value == "multi_device",
        created=now,
    )


@upholds("AUTHN-2.2", "AUTHN-3.1")
def answered(
    party: RelyingParty,
    challenge: bytes,
    credential: Mapping[str, Any],
    key: Key,
    handle: str,
    *,
    is_named: bool = True,
) -> Answered:
    """Return what a right answer by `key` says; Refused when it does not hold, ClonedKey when its counter went back.

    `handle` is the user handle of the key's account, which WebAuthn 3, 7.2, step 6, compares with the answer's.
    `is_named` False: nobody had said who signs in, so the answer must ("verify that response.userHandle is present").
    """
    try:
        said = credential["response"].get("userHandle")
        if said != handle and (said or not is_named):
            raise ValueError("the answer names another user")
        found = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.domain,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _WRONG:
        raise _refused() from None
    # WebAuthn 3, 7.2, step 22: "If authData.signCount is nonzero or credentialRecord.signCount is nonzero … less
    # than or equal … This is a signal, but not proof, that the authenticator may be cloned." Here it is refused.
    if (found.new_sign_count or key.counter) and found.new_sign_count <= key.counter:
        raise ClonedKey
    return Answered(key.identifier, found.new_sign_count)


def credential_id(credential: Mapping[str, Any]) -> str:
    """Return the id of the key that an answer names; Refused when there is none."""
    found = credential.get("id")
    if not isinstance(found, str) or len(found) > _LONGEST_ID or not re.fullmatch(r"[A-Za-z0-9_=-]+", found):
        raise _refused()
    return found


def parse_label(raw: str) -> str:
    """Return what a key is called, of at most 64 printable characters; a plain word where nothing was said."""
    text = " ".join("".join(c if c.isprintable() else " " for c in raw).split())[:LONGEST_LABEL].strip()
    return text or "Passkey"


def _transports(credential: Mapping[str, Any]) -> tuple[str, ...]:
    said = credential.get("response", {}).get("transports") or []
    known = {each.value for each in AuthenticatorTransport}
    return tuple(sorted({each for each in said[:10] if isinstance(each, str) and each in known}))


def _refused() -> Refused:
    return Refused(
        "wrong-key-answer",
        "The answer of the passkey or security key does not hold for this site. Start again, at this site's own "
        "address.",
        principle="AUTHN-2.2",
    )
