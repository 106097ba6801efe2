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
            rest = [piece, *(each for each in left if each is not _NOTHING)]
            return all(each is not _NEVER for each in rest) and _rest_fits(claim, folded, at, rest)
        if piece is _NEVER or not (folded if piece.folds else claim).startswith(piece.said, at):
            return False
        at += len(piece.said)
    return at == len(claim)


def _rest_fits(claim: str, folded: str, at: int, pieces: Sequence[_Piece]) -> bool:
    """Report whether the pieces are all from `at` on; the first of them is anything.

    Each character is passed once a piece, however often a text stands there: first what stands at the end, then what is
    left between, of which one text after one star is found by one look.
    """
    rest, end = list(pieces), len(claim)
    while isinstance(piece := rest.pop(), _Text):
        end -= len(piece.said)
        if end < at or not (folded if piece.folds else claim).startswith(piece.said, end):
            return False
    # The last piece that is anything begins after the last character that it is without.
    goal = _Span(max(at, claim.rfind(piece.but, at, end) + 1), end - piece.least)
    reached: Iterable[_Span] = [_Span(at, at)]
    for number, each in enumerate(rest):
        if isinstance(each, _Anything):
            reached = _after_anything(claim, each, reached)
        else:
            first = goal.first if number == len(rest) - 1 else at
            reached = _after_text(folded if each.folds else claim, each.said, reached, _Span(first, goal.last))
    return any(each.first <= goal.last and goal.first <= each.last for each in reached)


class _Span(NamedTuple):
    """Places in a claim, from the first to the last of them."""

    first: int
    last: int


def _after_anything(claim: str, piece: _Anything, begins: Iterable[_Span]) -> Iterator[_Span]:
    """Yield where a piece may end that is anything and begins in one of these spans, in order and each place once."""
    stop = -1
    for span in begins:
        # From a later place before the same stop it reaches nothing more.
        first = max(span.first, stop + 1)
        while first <= span.last:
            found = claim.find(piece.but, first)
            stop = len(claim) if found < 0 else found
            if first + piece.least <= stop:
                yield _Span(first + piece.least, stop)
            first = stop + 1


def _after_text(text: str, said: str, begins: Iterable[_Span], goal: _Span) -> Iterator[_Span]:
    """Yield where a text ends that begins in one of these spans, each place within `goal`."""
    for span in begins:
        last = min(span.last + len(said), goal.last)
        at = text.find(said, max(span.first, goal.first - len(said)), last)
        while at >= 0:
            yield _Span(at + len(said), at + len(said))
            at = text.find(said, at + 1, last)
