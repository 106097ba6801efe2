"""The scheduled look at the domains of addresses: one that lapsed, or is somebody else's by now, vouches for nobody.

Principles: AUTHN-2.1
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from strongroom.authn.accounts import Address
from strongroom.authn.domains import Finding, NameAnswer, Registration, Standing, judge, trusted
from strongroom.kernel.events import Event
from strongroom.people.desk import Desk, record
from strongroom.principles import upholds

_AT_ONCE: Final = 200
_LOST: Final = frozenset({Standing.LAPSED, Standing.REREGISTERED})
#: One that could not be judged is looked at again soon.
_AGAIN: Final = timedelta(hours=12)


class Inspector(Protocol):
    """Looks at domains."""

    def inspect(self, address_domain: str) -> tuple[NameAnswer, Registration]:
        """Return what DNS and the registry say of a domain; nobody's answer is an answer too."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How domains are watched: by whom, which ones the operator vouches for, and how often.

    `keeps_unknown` False: what could not be judged stays as it was, for a look through servers that may not know it.
    """

    inspector: Inspector
    trusted: Collection[str]
    every: timedelta
    keeps_unknown: bool = True


def check_domains(desk: Desk, watch: Watch, *, all_now: bool = False) -> int:
    """Look at the domains that are due, and return how many addresses lost their verification.

    Each domain is asked about once, whatever the number of its addresses; nothing is held open meanwhile.
    """
    lost = 0
    begun = desk.clock()
    before = begun if all_now else begun - watch.every
    seen: set[str] = set()
    while True:
        with desk.vault.reading() as books:
            due = [each for each in books.accounts.addresses_to_check(before, _AT_ONCE) if each.domain not in seen]
        for domain in dict.fromkeys(each.domain for each in due):
            seen.add(domain)
            answers = _asked(watch, domain)
            lost += sum(_settle(desk, watch, each, answers, all_now) for each in due if each.domain == domain)
        # What could not be judged is due again soon, and not in this round.
        if not due or not watch.keeps_unknown:
            return lost


def _asked(watch: Watch, domain: str) -> tuple[NameAnswer, Registration] | None:
    return None if trusted(domain, watch.trusted) else watch.inspector.inspect(domain)


@upholds("AUTHN-2.1a")
def _settle(
    desk: Desk, watch: Watch, address: Address, answers: tuple[NameAnswer, Registration] | None, all_now: bool
) -> bool:  # fmt: skip
    """Keep what was found of one address; report whether it lost its verification. Its owner is told in other ways."""
    finding = _found(desk, watch, address, answers)
    if finding.standing is Standing.UNKNOWN and not watch.keeps_unknown:
        return False
    is_lost = finding.standing in _LOST
    now = desk.clock()
    soon = finding.standing is Standing.UNKNOWN and watch.every > _AGAIN and not all_now
    checked = now - watch.every + _AGAIN if soon else now
    with desk.vault.writing() as books:
        books.accounts.set_standing(address.identifier, finding.standing.value, checked, is_lost=is_lost)
        if is_lost:
            detail = {"address_id": address.identifier, "reason": finding.why}
            record(desk, books, Event.EMAIL_LAPSED, "strongroom", address.account, **detail)
    return is_lost


def _found(
    desk: Desk, watch: Watch, address: Address, answers: tuple[NameAnswer, Registration] | None
) -> Finding:  # fmt: skip
    vouched = trusted(address.domain, watch.trusted)
    if vouched is not None or answers is None or address.verified is None:
        return vouched or Finding(Standing.UNKNOWN, "nobody was asked")
    return judge(*answers, address.verified, desk.clock())
