"""Which field of a form a refusal speaks of, so that the message can lead there.

Principles: AUTHN-1.3
"""

from collections.abc import Mapping, Sequence
from typing import Final

from strongroom.kernel.refusals import Refused

#: By code: the fields that it may speak of, the likelier first.
_OF_CODE: Final[Mapping[str, tuple[str, ...]]] = {
    "account-exists": ("name",),
    "address-taken": ("email",),
    "breach-list-silent": ("new_password", "password"),
    "leaked-password": ("new_password", "password"),
    "name-reserved": ("name",),
    "name-taken": ("organisation", "team"),
    "no-such-account": ("name",),
    "no-such-project": ("projects", "project"),
    "not-confirmed": ("name",),
    "token-life": ("days",),
    "too-many-addresses": ("email",),
    "weak-password": ("new_password", "password"),
    "wrong-code": ("code", "recovery_code"),
    "wrong-credentials": ("name", "password"),
    "wrong-invitation": ("email",),
}
_WORDS: Final = (
    ("account name", "name"),
    ("e-mail address", "email"),
    ("which projects", "projects"),
    ("token is for", "rights"),
    ("network", "networks"),
    ("to remove it", "typed"),
)


def concerned(refused: Refused | None, fields: Sequence[str]) -> str:
    """Return which of `fields` a refusal speaks of, "" when it speaks of none."""
    if refused is None:
        return ""
    said = refused.says.lower()
    # A field whose shape is wrong is named before a colon (web/people/taking.py).
    found = [said.partition(":")[0].partition(".")[0], *(field for word, field in _WORDS if word in said)]
    candidates = _OF_CODE.get(refused.code, tuple(found) if refused.code == "bad-request" else ())
    return next((field for field in candidates if field in fields), "")
