"""Whether the claims of a build are as a publisher's rules say: texts compared piece by piece.

Anybody may add publishers for anybody's build, and each is compared when it asks. So no comparison makes a regular
expression of what was typed: a thousand of those would hold up the build, and everybody who writes, for a second.

Principles: AUTHZ-3.1
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from strongroom.authz.providers import Provider, Rule

_TEMPLATE: Final = re.compile(r"\{([^{}]+)\}")
_STARS: Final = re.compile(r"(\*+)")
_FOLDED: Final = {ord("A") + at: ord("a") + at for at in range(26)}


class _Text(NamedTuple):
    """Text that must be there; `folds`: in small letters, and upper and lower case of ASCII are the same."""

    said: str
    folds: bool = False


class _Anything(NamedTuple):
    """Text without a certain character, at least so long."""

    but: str
    least: int = 0


_Piece = _Text | _Anything
_NOTHING: Final = _Text("")
#: What nothing is: told by which object it is, and not by what it says.
_NEVER: Final = _Text("\0never")


def wrong_claims(
    provider: Provider, issuer: str, fields: Mapping[str, str], claims: Mapping[str, str]
) -> Iterator[str]:
    """Yield the claims that are not as the rules say for what was typed; the first is enough to know."""
    build = _Typed(issuer, fields, frozenset(each.name for each in provider.fields if each.folds), claims)
    for rule in provider.rules:
        if (rule.when and rule.when not in fields) or (rule.unless and rule.unless in fields):
            continue
        claim = claims.get(rule.claim)
        if claim is None or not any(_fits(claim, _filled(template, rule, build)) for template in rule.says):
            yield rule.claim


@dataclass(frozen=True, slots=True)
class _Typed:
    """What templates are filled with: what an owner typed, and a token's other claims."""

    issuer: str
    fields: Mapping[str, str]
    folding: frozenset[str]
    claims: Mapping[str, str]


@lru_cache(maxsize=1024)
def _split(template: str) -> tuple[str, ...]:
    """Return text and names in turn; templates are the operator's, and few."""
    return tuple(_TEMPLATE.split(template))


def _filled(template: str, rule: Rule, build: _Typed) -> Iterator[_Piece]:
    """Yield what a claim must be, piece by piece."""
    for at, said in enumerate(_split(template)):
        if at % 2 == 0:
            yield _Text(said) if said else _NOTHING
        elif said == "*":
            yield _Anything("@", 1)
        elif said == "host":
            yield _Text(urlsplit(build.issuer).netloc)
        elif said.startswith("="):
            yield _Text(build.claims[said[1:]]) if build.claims.get(said[1:]) else _NEVER
        elif said not in build.fields:
            yield _NEVER  # the operator asks for more of this provider than when the publisher was added
        elif rule.is_glob and "*" in build.fields[said]:
            yield from _globbed(build.fields[said], folds=said in build.folding)
        else:
            yield _text(build.fields[said], folds=said in build.folding)


def _text(said: str, *, folds: bool) -> _Text:
    return _Text(_fold(said), folds=True) if folds else _Text(said)


def _globbed(typed: str, *, folds: bool) -> Iterator[_Piece]:
    for at, said in enumerate(_STARS.split(typed)):
        if at % 2 == 0:
            yield _text(said, folds=folds)
        else:
            # One star is anything within one part of a path, more are anything in one line.
            yield _Anything("/" if said == "*" else "\n")


def _fold(text: str) -> str:
    # ASCII alone: else the Kelvin sign is a k, and the long s an s.
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def _fits(claim: str, pieces: Iterable[_Piece]) -> bool:
    """Report whether the claim is all of the pieces, one after the other, and nothing else."""
    folded, at, left = _fold(claim), 0, iter(pieces)
    for piece in left:
        if isinstance(piece, _Anything):
            rest = [piece, *left]
            return all(each is not _NEVER for each in rest) and _rest_fits(claim, folded, at, rest)
        if piece is _NEVER or not (folded if piece.folds else claim).startswith(piece.said, at):
            return False
        at += len(piece.said)
    return at == len(claim)


def _rest_fits(claim: str, folded: str, at: int, pieces: Sequence[_Piece]) -> bool:
    for number, piece in enumerate(pieces):
        if isinstance(piece, _Anything):
            rest = pieces[number + 1 :]
            return any(_rest_fits(claim, folded, end, rest) for end in _ends(claim, folded, at, piece, rest))
        if not (folded if piece.folds else claim).startswith(piece.said, at):
            return False
        at += len(piece.said)
    return at == len(claim)


def _ends(claim: str, folded: str, at: int, piece: _Anything, rest: Sequence[_Piece]) -> Iterator[int]:
    """Yield where a piece that is anything may end: before each place where the text after it stands."""
    found = claim.find(piece.but, at)
    latest = len(claim) if found < 0 else found
    end = at + piece.least
    texts = [each for each in rest if isinstance(each, _Text)]
    if len(texts) == len(rest):
        # What follows is all text: it stands at the end or not at all.
        end = max(end, len(claim) - sum(len(each.said) for each in texts))
    following = rest[0] if rest and isinstance(rest[0], _Text) else _NOTHING
    while end <= latest:
        if following.said:
            end = (folded if following.folds else claim).find(following.said, end)
            if not 0 <= end <= latest:
                return
        yield end
        end += 1
