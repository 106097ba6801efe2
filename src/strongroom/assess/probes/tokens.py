"""What can a token do, and can one see that it is a token? (AUTHZ-1.1, AUTHZ-1.2, AUTHZ-3.2)

Principles: AUTHZ-1.1, AUTHZ-1.2, AUTHZ-3.2
"""

import base64
import hashlib
import re
from itertools import takewhile
from typing import Final

from strongroom.assess import patterns, scenes, trust
from strongroom.assess.artefacts import wheel
from strongroom.assess.documents import library_of
from strongroom.assess.drivers.operations import Op
from strongroom.assess.namings import Subject, namings, read_about
from strongroom.assess.probing import Inconclusive, Outcome, Safety, Verdict, control, either, met, probe, unmet
from strongroom.assess.stage import Stage
from strongroom.principles.catalogue import Grade

SHORTEST_PREFIX: Final = 3
SHORTEST_REST: Final = 16
# What tokens of everybody begin with: a JSON Web Token, a macaroon of version 2, words that say nothing of whose it is.
ANYBODYS: Final = ("eyJ", "AgE", "token", "api", "key", "secret", "basic", "bearer")

MOST_PATTERNS: Final = 5
PATTERN: Final = Subject(
    "AUTHZ-3.2a",
    "tokens",
    says=(
        re.compile(r"\btokens?\b", re.I),
        re.compile(r"\b(pattern|regular expression|regex|secret scanning|scanner)\w*\b", re.I),
    ),
)
_REGULAR: Final = re.compile(r"\[[^\]\s]{1,100}\][{*+]")


@probe(
    "AUTHZ-1.1a",
    Safety.SANDBOX,
    question="Does a token that was made for one package publish to another, or create a new one?",
    yes="A token for one package publishes to that package and to nothing else.",
    no="A token for one package published to another package, or created one.",
    needs=(Op.PUBLISH, Op.FILES, Op.FETCH, either(Op.ADD_TOKEN, Op.CREATE_TOKEN)),
)
def token_is_held_to_its_package(stage: Stage) -> Verdict:
    """Own A and B, make a token for A, publish A with it, then try B and a name that is new."""
    owner = scenes.maintainer(stage)
    whole = scenes.token_for(stage, owner)
    mine, other = (scenes.published(stage, whole, project=stage.project(label)).project for label in ("a", "b"))
    narrow = scenes.token_for(stage, owner, [mine])
    scenes.published(stage, narrow, project=mine, version="1.1")
    if scenes.gets_through(stage, narrow, wheel(other, "1.1")):
        return unmet("a token made for one package published a release of another package of the same owner")
    if scenes.gets_through(stage, narrow, wheel(stage.project("new"), "1.0")):
        return unmet("a token made for one package created another package")
    scenes.published(stage, whole, project=other, version="1.2")
    return met("a token made for one package published to it, and neither to another nor to a new name")


@probe(
    "AUTHZ-1.2a",
    Safety.SANDBOX,
    question="Does every token begin with what only this repository's tokens begin with?",
    yes="Tokens of different people begin with the same prefix, which is the repository's own.",
    no="Tokens have no prefix in common, or one that says nothing of where they belong.",
    needs=(either(Op.ADD_TOKEN, Op.CREATE_TOKEN),),
)
def tokens_begin_with_the_repositorys_prefix(stage: Stage) -> Verdict:
    """Issue tokens to two people, of two widths and by an identity token, and look at what they begin with."""
    tokens = _issued(stage)
    control(len(set(tokens)) == len(tokens), "two tokens were the same")
    shared = "".join(letters[0] for letters in takewhile(_are_one, zip(*tokens, strict=False)))
    prefix = shared[: max(shared.rfind("_"), shared.rfind("-"), shared.rfind("."), shared.rfind(":")) + 1]
    if len(prefix) < SHORTEST_PREFIX:
        return unmet(f"{len(tokens)} tokens of two people have no prefix in common that ends in a separator")
    if prefix.startswith(ANYBODYS):
        return unmet(f"all tokens begin with {prefix[:8]}…, as those of many others do")
    if _tells_of_people(stage, prefix):
        return unmet("tokens begin with the name of the person, not of the repository")
    if min(len(token) - len(shared) for token in tokens) < SHORTEST_REST:
        raise Inconclusive(f"after what the tokens share there are fewer than {SHORTEST_REST} characters")
    return met(f"{len(tokens)} tokens of two people all begin with {prefix!r}")


def _are_one(letters: tuple[str, ...]) -> bool:
    return len(set(letters)) == 1


def _issued(stage: Stage) -> list[str]:
    """Return tokens of every kind, of more than one person, none of which is a password in disguise."""
    first, second = scenes.maintainer(stage, "t"), scenes.maintainer(stage, "u")
    tokens = [scenes.token_for(stage, first), scenes.token_for(stage, second)]
    tokens.append(scenes.token_for(stage, first, rights=("publish",)))
    tokens += [person.token for person in (first, second) if person.token and ":" not in person.token]
    control(all(tokens), "a token was made and not shown")
    return tokens + _minted(stage)


def _minted(stage: Stage) -> list[str]:
    """Return a token that an identity token was exchanged for; none where that does not work, or is not known."""
    if "issuer" not in stage.tools or not all(map(stage.target.can, (Op.OIDC_AUDIENCE, Op.TRUST_PUBLISHER, Op.MINT))):
        return []
    try:
        return [trust.established(stage).minted().value("token")]
    except Inconclusive:
        return []  # that there is no such token is for the probes of AUTHZ-3.1 to say


def _tells_of_people(stage: Stage, prefix: str) -> bool:
    """Report whether a prefix is made of what the names of the run's people have in common."""
    letters = re.sub(r"[^A-Za-z0-9]", "", prefix)
    encoded = base64.b64encode(stage.prefix.encode()).decode()[:-4]
    return letters.startswith(stage.prefix) or (len(encoded) > SHORTEST_PREFIX and prefix.startswith(encoded))


@probe(
    "AUTHZ-3.2a",
    Safety.PASSIVE,
    question="Does the pattern that the repository publishes match the tokens that it issues, and little else?",
    yes="The published pattern matches every token that was issued, and no other text of their kind.",
    no="The published pattern does not match the tokens that are issued, or matches what is none.",
)
def published_pattern_finds_tokens(stage: Stage) -> Verdict:
    """Read the pattern; where the run may, issue tokens, and hold both them and texts that are none against it."""
    if not stage.target.can(Op.TOKEN_PATTERN):
        return _pattern_on_a_page(stage)
    answer = stage.demand(Op.TOKEN_PATTERN, "the pattern could not be read")
    pattern = answer.value("pattern")
    if not pattern:
        raise Inconclusive("where the pattern of tokens should be published there is none")
    tokens = _issued(stage) if _may_issue(stage) else []
    missed, decoyed = _tried(stage, pattern, tokens)
    if missed:
        return unmet("the published pattern does not match the tokens that the repository issues")
    if decoyed:
        return unmet("the published pattern matches texts that are no tokens")
    if tokens:
        return met(f"the published pattern matches all of {len(tokens)} tokens that were issued, and no decoy")
    sha256 = hashlib.sha256(answer.body).hexdigest()
    return Verdict(Outcome.MET, f"the pattern {pattern[:80]!r} is published", Grade.DOCUMENTED, sha256)


def _may_issue(stage: Stage) -> bool:
    return stage.leave >= Safety.SANDBOX and any(map(stage.target.can, (Op.ADD_TOKEN, Op.CREATE_TOKEN)))


def _tried(stage: Stage, pattern: str, tokens: list[str]) -> tuple[bool, bool]:
    """Return whether a pattern misses a token, and whether it matches what is none."""
    model = tokens[0] if tokens else stage.chance.text(48)
    decoys = ["x", "hello world", stage.chance.text(len(model)), model[:-1] + " ", model + "!" * 8]
    try:
        found = patterns.matches(pattern, [*tokens, *decoys])
    except ValueError as wrong:
        raise Inconclusive(f"the published pattern could not be tried: {wrong}") from None
    return not all(found[: len(tokens)]), any(found[len(tokens) :])


def _pattern_on_a_page(stage: Stage) -> Verdict:
    """Conclude from a page that somebody names: by its pattern, where tokens can be issued, else by what it says."""
    lacking = stage.target.lacks(Op.TOKEN_PATTERN)
    try:
        verdict = read_about(stage, PATTERN)
    except Inconclusive:
        if lacking:
            return Verdict(Outcome.UNMET, lacking, Grade.DOCUMENTED)
        raise
    if verdict.outcome is not Outcome.MET or not _may_issue(stage):
        return verdict
    tokens = _issued(stage)
    for candidate in _patterns_in(stage):
        if _tried(stage, candidate, tokens) == (False, False):
            return met(f"a pattern on a page that is named for it matches all of {len(tokens)} tokens that were issued")
    return verdict


def _patterns_in(stage: Stage) -> list[str]:
    """Return what looks like regular expressions on the pages that somebody names, a few at most."""
    found: list[str] = []
    for naming in namings(stage, PATTERN):
        page = library_of(stage).document(stage, naming.url) if naming.by and naming.url else None
        found += patterns_in(page.text) if page else []
    usable = [each for raw in dict.fromkeys(found) if _is_pattern(each := raw.strip("`'\"“”").rstrip(".,;:"))]
    return usable[:MOST_PATTERNS]


def patterns_in(text: str) -> list[str]:
    """Return the words of a page that have a class of characters which is repeated, as patterns of tokens do."""
    words = (word for word in text.split() if "[" in word and len(word) <= patterns.LONGEST_PATTERN)
    return [word for word in words if _REGULAR.search(word)]


def _is_pattern(text: str) -> bool:
    try:
        return len(text) <= patterns.LONGEST_PATTERN and bool(re.compile(text))
    except (re.error, OverflowError, RecursionError):
        return False
