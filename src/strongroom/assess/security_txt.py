"""A security.txt file, read as RFC 9116 has it.

Principles: GEN-1.1
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

ADDRESS: Final = "/.well-known/security.txt"
LIMIT_CHARACTERS: Final = 32 * 1024
MOST_LINES: Final = 500

_FIELD: Final = re.compile(r"([!-9;-~]+):[ \t]+(\S.*)")
_ARMOUR: Final = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[^\n]+\n)*\n(.*?)^-----BEGIN PGP SIGNATURE-----", re.S | re.M
)
_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SecurityTxt:
    """One file: its contacts in the order of preference, the moment it goes stale, and the pages that it names."""

    contacts: tuple[str, ...]
    expires: datetime
    policies: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()

    def is_fresh(self, now: datetime) -> bool:
        """Report whether the file may still be relied on."""
        return now < self.expires


def parse_security_txt(text: str) -> SecurityTxt:
    """Return what a security.txt says; ValueError when it is not one that RFC 9116 allows.

    A signature (section 2.3) is stepped over, not verified: who signs is nobody that the reader knows.
    """
    if len(text) > LIMIT_CHARACTERS:
        raise ValueError(f"it is longer than {LIMIT_CHARACTERS} characters")
    found: dict[str, list[str]] = {}
    for line in _lines(text):
        field = _FIELD.fullmatch(line)
        if field is None:
            raise ValueError(f"{line[:60]!r} is neither a field nor a comment")
        # "Field names are case-insensitive." "If a field is not known, it is ignored."
        found.setdefault(field[1].lower(), []).append(field[2].strip())
    contacts, expires = found.get("contact", []), found.get("expires", [])
    # "This field MUST always be present" is said of both, and of Expires that it "MUST NOT appear more than once".
    if not contacts:
        raise ValueError("it names no Contact")
    if len(expires) != 1:
        raise ValueError("it has no Expires" if not expires else "it has more than one Expires")
    for name in ("contact", "policy", "canonical"):
        for value in found.get(name, []):
            _require_uri(name, value)
    return SecurityTxt(
        tuple(contacts), _moment(expires[0]), tuple(found.get("policy", [])), tuple(found.get("canonical", []))
    )


def _lines(text: str) -> list[str]:
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    signed = _ARMOUR.search(text)
    # RFC 4880, 7.1: a line of the signed text that begins with a dash is sent with "- " before it.
    lines = [line.removeprefix("- ") for line in signed[1].split("\n")] if signed else text.split("\n")
    if len(lines) > MOST_LINES:
        raise ValueError(f"it has more than {MOST_LINES} lines")
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _require_uri(name: str, value: str) -> None:
    if not _URI.fullmatch(value):
        raise ValueError(f"its {name.capitalize()} {value[:60]!r} is no URI")
    # "If this field indicates a web URI, then it MUST begin with https://".
    if value.lower().startswith("http:"):
        raise ValueError(f"its {name.capitalize()} {value[:60]!r} does not begin with https://")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"its Expires {text[:40]!r} is no date of RFC 3339") from None
    if moment.tzinfo is None or "t" not in text.lower():
        raise ValueError(f"its Expires {text[:40]!r} does not say its time and its zone")
    return moment
