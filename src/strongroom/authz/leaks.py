"""Leaked tokens: how they are found in text, and how they are reported.

Whoever finds a token may report it: a scanning programme by a report that it signs, and anybody by showing the token
itself, since possession is enough to kill it. A report is parsed only after its signature was verified.

Principles: AUTHZ-3.2
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from strongroom.authz.tokens import PATTERN, PREFIX, parse_token
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret
from strongroom.principles import upholds

LIMIT_BYTES: Final = 1024 * 1024
#: So many tokens of ours one report may name; what it says of other repositories' secrets costs next to nothing.
MOST_TOKENS: Final = 1000
LONGEST_PLACE: Final = 300
#: No token is longer: prefix, infix of twelve and its underscore, kind, random part, checksum.
LONGEST_TOKEN: Final = len(PREFIX) + 13 + 1 + 43 + 6
#: Where tokens are shown in order to end them.
SURRENDER: Final = "/_/secrets/revoke"
#: What every token begins with, as bytes: whatever lacks it holds no token.
MARK: Final = PREFIX.encode()

# Only what all tokens begin with is consumed, so that what looks like a token hides none that begins inside it.
_TOKEN: Final = re.compile(f"{PREFIX}(?=({PATTERN.removeprefix(PREFIX)}))".encode())
_INFIX: Final = "(?:[a-z0-9]{2,12}_)?"
_KEY_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


class Origin(StrEnum):
    """By which form a report was signed; each has keys of its own."""

    GITHUB = "github"
    STRONGROOM = "strongroom"


#: The names of the two headers of a signed report, in lower case: the key's identifier, and the signature.
HEADERS: Final = {
    Origin.GITHUB: ("github-public-key-identifier", "github-public-key-signature"),
    Origin.STRONGROOM: ("strongroom-public-key-identifier", "strongroom-public-key-signature"),
}


class Signatures(Protocol):
    """Who may report, and whether they did."""

    def takes(self, origin: Origin) -> bool:
        """Report whether reports of this form are taken at all."""

    def is_signed(self, origin: Origin, key_id: str, signature: str, body: bytes) -> bool:
        """Report whether the holder of this key signed these very bytes.

        False for an unknown key and for a signature that is none. Refused("try-again") when the keys could not be
        asked for: what nobody can verify is neither believed nor thrown away.
        """


#: The source of what somebody shows in order to end it: there is no place where it was found.
SHOWN: Final = "shown by whoever held it"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token was seen: an address, and what kind of place that is, both in the reporter's words."""

    url: str = ""
    source: str = ""

    @property
    def words(self) -> str:
        """How it came to be known, in one line; "" when nothing is said of it."""
        if self.source == SHOWN:
            return SHOWN
        if self.url:
            return f"found at {self.url} ({self.source})" if self.source else f"found at {self.url}"
        return f"found in: {self.source}" if self.source else ""


@dataclass(frozen=True, slots=True)
class Found:
    """A token of our form that was found somewhere."""

    secret: Secret
    place: Place


@upholds("AUTHZ-3.2")
def parse_report(body: bytes) -> Sequence[Found]:
    """Return the tokens of our form in a signed report: a JSON list of `{token, type, url, source}`.

    ValueError when the body is no JSON list. Records of other forms, and tokens of others, are passed over: programmes
    send what their pattern matched. Refused when there are more than 1,000 tokens of ours.
    """
    found = []
    for record in _list(_parsed(body)):
        if isinstance(record, dict):
            place = Place(shown_place(record.get("url")), shown_place(record.get("source")))
            found += [Found(secret, place) for secret in _token_in(record.get("token"))]
            _require_few(found)
    return found


def parse_surrender(body: bytes) -> Sequence[Found]:
    """Return the tokens that somebody shows in order to end them: `["srm_…", …]`, or `{"token": "srm_…"}`.

    ValueError when the body is neither; Refused as in `parse_report`.
    """
    said = _parsed(body)
    listed = [said.get("token")] if isinstance(said, dict) else _list(said)
    found = []
    for each in listed:
        if not isinstance(each, str):
            raise ValueError('a list of tokens, or {"token": "srm_…"}, is taken here')
        found += [Found(secret, Place(source=SHOWN)) for secret in _token_in(each)]
        _require_few(found)
    return found


def parse_key_id(raw: str) -> str:
    """Return the identifier of a reporter's key; ValueError unless it has 1 to 100 letters, digits, `.`, `_` or `-`."""
    if not _KEY_ID.fullmatch(raw):
        raise ValueError("a key's identifier has 1 to 100 letters, digits, '.', '_' or '-', and begins with neither")
    return raw


def tokens_in(content: bytes) -> Iterator[tuple[int, Secret]]:
    """Yield every token in some bytes whose checksum holds, and where it begins. What only looks like one is none."""
    for matched in _TOKEN.finditer(content):
        for secret in _token_in(PREFIX + matched[1].decode()):
            yield matched.start(), secret


@dataclass(frozen=True, slots=True)
class TokenSearch:
    """Finds tokens in bytes; the `Search` of what inspects uploads."""

    mark: bytes = MARK
    longest: int = LONGEST_TOKEN

    def fingerprints_in(self, content: bytes) -> Sequence[str]:
        """Return the fingerprint of every token in some bytes."""
        return [secret.fingerprint() for _, secret in tokens_in(content)]


def masked(secret: Secret) -> str:
    """Return a token as it may be shown: what everybody may know of it, and its last four characters."""
    text = secret.reveal()
    return f"{text[:-49]}…{text[-4:]}"


def shown_place(raw: object) -> str:
    """Return what a reporter says of a place as one line that is not too long and holds no token."""
    text = raw if isinstance(raw, str) else ""
    # The address of a page may hold the very token that was found on it.
    line = re.sub(PATTERN, "…", text[: 8 * LONGEST_PLACE])
    plain = " ".join("".join(c if c.isprintable() else " " for c in line).split())
    return plain if len(plain) <= LONGEST_PLACE else f"{plain[: LONGEST_PLACE - 1]}…"


@upholds("AUTHZ-3.2a")
def pattern_of(infix: str | None = None) -> str:
    """Return the regular expression of tokens: of every instance, or of the one with this infix ("" for none).

    It has no look-around and no back-reference, so that RE2 and Hyperscan take it too.
    """
    if infix is None:
        return PATTERN
    narrowed = PATTERN.replace(_INFIX, f"{infix}_" if infix else "")
    if narrowed == PATTERN:
        raise AssertionError("the pattern of tokens has no place for an infix any more")
    return narrowed


def _token_in(raw: object) -> list[Secret]:
    try:
        return [parse_token(raw)] if isinstance(raw, str) else []
    except ValueError:
        return []


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("that is nested too deeply") from error


def _list(said: Any) -> list[Any]:
    if not isinstance(said, list):
        raise ValueError("a JSON list is taken here")
    return said


def _require_few(found: Sequence[Found]) -> None:
    if len(found) > MOST_TOKENS:
        raise Refused(
            "report-too-large",
            f"One report names at most {MOST_TOKENS} tokens of this repository. Send several.",
            principle="AUTHZ-3.2",
        )
