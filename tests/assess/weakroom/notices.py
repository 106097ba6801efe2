"""What people of the room are told by mail.

Principles: none
"""

from tests.assess.weakroom.accounts import Account
from tests.assess.weakroom.room import Flaw, Room, flaw

STRANGER = "postmaster@weakroom.test"

SILENT = {
    "password": flaw("AUTHN-1.4a silent-on-change"),
    "recovered": flaw("AUTHN-1.4a silent-on-recovery"),
    "totp-removed": flaw("AUTHN-1.4b silent-on-totp-removal"),
    "passkey-removed": flaw("AUTHN-1.4b silent-on-passkey-removal"),
    "email": flaw("AUTHN-1.4c silent-on-email"),
    "token": flaw("AUTHN-1.4c silent-on-tokens"),
    "role": flaw("AUTHN-1.4c silent-on-roles"),
    "codes": flaw("AUTHN-1.4c silent-on-recovery-codes"),
    "device": flaw("AUTHN-1.4c silent-on-new-devices"),
}
ASTRAY = {
    "password": flaw("AUTHN-1.4a tells-somebody-else"),
    "totp-removed": flaw("AUTHN-1.4b tells-somebody-else"),
    "email": flaw("AUTHN-1.4c tells-somebody-else-of-a-new-address"),
}
SAYS = {
    "password": "Your password was changed",
    "recovered": "Your password was changed by a mailed link",
    "totp-removed": "Two-factor codes were removed from your account",
    "passkey-removed": "A passkey was removed from your account",
    "email": "Your e-mail address was changed",
    "token": "An API token was made",
    "role": "You were given a role",
    "codes": "New recovery codes were made",
    "device": "Your account was signed in to from a new device",
}


def tell(room: Room, account: Account, what: str, *, to: str = "") -> None:
    """Mail a person about what happened to their account, at their address or the one they had before."""
    if room.has(SILENT[what]):
        return
    astray: Flaw | None = ASTRAY.get(what)
    address = STRANGER if astray and room.has(astray) else to or account.email
    room.send(address, SAYS[what], f"{SAYS[what]}. If it was not you, go to {room.base}account/security at once.")
