"""Which field of the enrolment form an error speaks of.

Principles: AUTHN-1.3
"""

from typing import Final

_FIELDS: Final = (
    ("account name", "name"),
    ("password", "password"),
    ("e-mail", "email"),
    ("code", "code"),
    ("name", "name"),
)


def field_of(error: str) -> str:
    """Return the name of the field that `error` speaks of, "" when it speaks of none."""
    words = error.lower()
    return next((field for word, field in _FIELDS if word in words), "")
