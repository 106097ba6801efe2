"""Which of the publishers that claim a build it is.

Anybody may claim anybody's build, in numbers: each publisher is compared with a build once, and whoever asks for this
holds up nobody who writes.

Principles: AUTHZ-3.1
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from strongroom.authz.comparing import wrong_claims
from strongroom.authz.providers import Provider
from strongroom.authz.publishers import Publisher, claimed
from strongroom.kernel.names import ProjectName
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

#: How many publishers a build is compared with in words when it is none of them.
_TOLD_OF: Final = 50


class _Compared:
    """A build beside publishers: each claim of each is compared when it is asked for, and once."""

    def __init__(self, provider: Provider, claims: Mapping[str, str]) -> None:
        self._provider = provider
        self._claims = claims
        self._seen: dict[str, tuple[str | None, Iterator[str]]] = {}

    def is_it(self, publisher: Publisher) -> bool:
        """Report whether no claim is otherwise than the publisher's rules say."""
        if publisher.identifier not in self._seen:
            wrong = wrong_claims(self._provider, publisher.issuer, publisher.fields, self._claims)
            self._seen[publisher.identifier] = next(wrong, None), wrong
        return self._seen[publisher.identifier][0] is None

    def wrong(self, publishers: Sequence[Publisher]) -> set[str]:
        """Return what claims are not as these publishers' rules say, none of which the build is; to be asked once."""
        found = [self._seen[each.identifier] for each in publishers]
        return {claim for first, rest in found for claim in (first, *rest) if claim is not None}


@upholds("AUTHZ-3.1")
def chosen(
    candidates: Sequence[Publisher],
    provider: Provider,
    claims: Mapping[str, str],
    project: ProjectName | None,
) -> Publisher:
    """Return the publisher that a build is, for the project that is named, else for the only one. Refused otherwise.

    Anybody may let any build publish to a project of their own. So, unless a project is named, a build is of the
    account that claimed it first: a later one steps in front neither by more fields nor by having been used. Among that
    account's own, those that were used come first, then those with the most fields, then the oldest.
    """
    same_kind = sorted((each for each in candidates if each.provider == provider.name), key=claimed)
    asked = [each for each in same_kind if project is None or each.project == project]
    compared = _Compared(provider, claims)
    if project is None:
        # Whoever claimed the build first has it: those of others need not be looked at any more.
        first = next((each for each in asked if compared.is_it(each) and not strangers(each, provider, claims)), None)
        asked = [each for each in asked if first is None or each.account == first.account]
    same = _same(asked, compared, provider, claims)
    if project is None:
        projects = sorted({each.project for each in _most_specific([each for each in same if each.last_used] or same)})
        if len(projects) > 1:
            listed = ", ".join(map(str, projects))
            raise _nobody(f' It may publish {listed}, and a token is for one. Name it: {{"token": …, "project": …}}.')
        same = [each for each in same if each.project == projects[0]]
    # Who made a pending publisher would own the project: the first of them, and not another's that says more.
    return _most_specific([each for each in same if not each.is_pending or each.account == same[0].account])[0]


def _most_specific(pool: Sequence[Publisher]) -> list[Publisher]:
    most = max(len(each.fields) for each in pool)
    return [each for each in pool if len(each.fields) == most]


def _same(
    asked: Sequence[Publisher], compared: _Compared, provider: Provider, claims: Mapping[str, str]
) -> list[Publisher]:
    fitting = [each for each in asked if compared.is_it(each)]
    if not fitting:
        wrong = sorted(compared.wrong(asked[:_TOLD_OF]))
        raise _nobody(f" These claims are not as any publisher says: {_shown(wrong, claims)}." if wrong else "")
    same = [each for each in fitting if not strangers(each, provider, claims)]
    if not same:
        wrong = sorted({claim for each in fitting[:_TOLD_OF] for claim in strangers(each, provider, claims)})
        raise _nobody(
            f" The names are right, but {_shown(wrong, claims)} differs from when it was first used: what has these "
            "names now was made anew. If that was you, remove the publisher and add it again."
        )
    return same


def strangers(publisher: Publisher, provider: Provider, claims: Mapping[str, str]) -> list[str]:
    """Return the immutable claims that are not those of the first use, or that the token does not have."""
    return [
        claim
        for claim in provider.immutable
        if not claims.get(claim) or publisher.pinned.get(claim, claims[claim]) != claims[claim]
    ]


def is_unchanged(now: Publisher, before: Publisher, provider: Provider, claims: Mapping[str, str]) -> bool:
    """Report whether a publisher that was chosen stands still, and is still the build: another may have pinned it."""
    is_same = replace(now, pinned=before.pinned, last_used=before.last_used) == before
    return is_same and not strangers(now, provider, claims)


def pins_of(provider: Provider, claims: Mapping[str, str]) -> dict[str, str]:
    """Return the immutable claims of a token that has them all."""
    return {claim: claims[claim] for claim in provider.immutable}


def _shown(names: Sequence[str], claims: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({claims.get(name, 'missing')[:100]})" for name in names)


def _nobody(more: str) -> Refused:
    return Refused("invalid-publisher", f"No trusted publisher is this build.{more}", principle="AUTHZ-3.1")
