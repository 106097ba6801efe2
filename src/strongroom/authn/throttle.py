"""How often may somebody guess: one table, counted in the database, for every way of guessing.

A limit holds in *every* window of its length, not only in fixed ones: the window is cut into slices, and one slice more
than the window has is counted. What cannot be counted is refused: an error of the store ends the request.

Principles: AUTHN-1.5
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from strongroom.authn.accounts import AccountName
from strongroom.authn.sessions import Visit
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

SLICES: Final = 10


class Guess(StrEnum):
    """What is guessed at, or asked for so often that it does harm."""

    PASSWORD = "password"  # noqa: S105 (the name of a limit)
    SECOND_FACTOR = "second-factor"
    RECOVERY_CODE = "recovery-code"
    KEY = "key"
    BEGINNING = "beginning"
    LINK = "link"
    TOKEN = "token"  # noqa: S105
    MINT = "mint"
    REGISTRATION = "registration"
    MAIL = "mail"


class Per(StrEnum):
    """Whose guesses are added up."""

    ACCOUNT = "account"
    SOURCE = "source"
    NETWORK = "network"
    DEVICE = "device"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in every window of this length."""

    count: int
    window: timedelta


_SHORT, _HOUR, _DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)

LIMITS: Final[Mapping[Guess, Mapping[Per, tuple[Limit, ...]]]] = {
    Guess.PASSWORD: {
        Per.ACCOUNT: (Limit(10, _SHORT), Limit(50, _DAY)),
        Per.SOURCE: (Limit(20, _SHORT), Limit(200, _DAY)),
        Per.NETWORK: (Limit(100, _SHORT),),
        Per.DEVICE: (Limit(10, _SHORT), Limit(50, _DAY)),
        Per.ALL: (Limit(1000, _SHORT),),
    },
    Guess.SECOND_FACTOR: {
        Per.ACCOUNT: (Limit(5, _SHORT), Limit(20, _HOUR), Limit(50, _DAY)),
        Per.SOURCE: (Limit(10, _SHORT), Limit(50, _HOUR)),
        Per.NETWORK: (Limit(50, _SHORT),),
        Per.DEVICE: (Limit(5, _SHORT), Limit(20, _HOUR)),
        Per.ALL: (Limit(500, _SHORT),),
    },
    Guess.RECOVERY_CODE: {
        Per.ACCOUNT: (Limit(5, _SHORT), Limit(20, _DAY)),
        Per.SOURCE: (Limit(10, _SHORT), Limit(50, _HOUR)),
        Per.NETWORK: (Limit(50, _SHORT),),
        Per.DEVICE: (Limit(5, _SHORT), Limit(20, _DAY)),
        Per.ALL: (Limit(200, _SHORT),),
    },
    # A key cannot be guessed, and nobody may be locked out of it: only who sends nonsense is slowed.
    Guess.KEY: {Per.SOURCE: (Limit(60, _SHORT),), Per.NETWORK: (Limit(600, _SHORT),)},
    # Nothing is guessed at: each question for a passkey, and each way to a provider, is a row for some minutes. The
    # page of the sign-in asks one whenever it is opened, and whole offices come from one source. Who comes with a known
    # device is counted by it alone.
    Guess.BEGINNING: {
        Per.SOURCE: (Limit(600, _SHORT),),
        Per.NETWORK: (Limit(6000, _SHORT),),
        Per.DEVICE: (Limit(600, _SHORT),),
    },
    # A link has 256 bits: guesses cost us work, and could never be right. A limit for all would only keep people out.
    Guess.LINK: {Per.SOURCE: (Limit(20, _SHORT),), Per.NETWORK: (Limit(100, _SHORT),)},
    Guess.TOKEN: {
        Per.SOURCE: (Limit(60, _SHORT),),
        Per.NETWORK: (Limit(300, _SHORT),),
    },
    # Only what was refused is counted: builds of many projects come from one network, and the honest ones never wait.
    Guess.MINT: {
        Per.SOURCE: (Limit(60, _SHORT),),
        Per.NETWORK: (Limit(300, _SHORT),),
    },
    Guess.REGISTRATION: {
        Per.SOURCE: (Limit(5, _HOUR), Limit(20, _DAY)),
        Per.NETWORK: (Limit(30, _HOUR),),
        Per.ALL: (Limit(500, _HOUR),),
    },
    Guess.MAIL: {
        Per.ACCOUNT: (Limit(10, _HOUR), Limit(30, _DAY)),
        Per.SOURCE: (Limit(300, _HOUR),),
        Per.NETWORK: (Limit(1000, _HOUR),),
        Per.ALL: (Limit(5000, _HOUR),),
    },
}


_BY_PASSKEY: Final = "No guess locks a passkey: where you have one, sign in with it."
#: What is said instead where a passkey is no way: what is refused takes none, or is its own question.
_OTHER_WAYS: Final[Mapping[Guess, str]] = {
    Guess.BEGINNING: "What you have begun can be finished; where your account has a password, name and password, then "
    "your key, work as ever.",
    Guess.TOKEN: "",
    Guess.MINT: "",
    Guess.REGISTRATION: "",
}


class TallyBook(Protocol):
    """Counts of what was tried, inside one open transaction. They outlive the program."""

    def counts(self, keys: Iterable[str]) -> Mapping[str, Mapping[int, int]]:
        """Return, for each key, how many fell into each slice."""

    def keep(self, counts: Mapping[str, Mapping[int, int]], expires: Mapping[str, datetime]) -> None:
        """Replace the slices of these keys."""

    def sweep(self, now: datetime) -> int:
        """Take away what no limit looks at any more; return how much."""


@dataclass(frozen=True, slots=True)
class Guesser:
    """Who guesses. `account` is the name as it was typed, whether or not there is such an account; "" for nobody's.

    `device` is the fingerprint of a device that this account knows: its guesses are counted by themselves, so that
    nobody can lock a person out of the browser that they use every day by guessing from elsewhere.
    """

    visit: Visit
    account: str = ""
    device: str = ""

    @classmethod
    def at(cls, visit: Visit, account: AccountName | str = "", device: str = "") -> "Guesser":
        """Return who guesses at an account."""
        return cls(visit, str(account), device)

    def key(self, guess: Guess, per: Per, limit: Limit) -> str | None:
        """Return the key that a limit counts under, None when it does not concern this guesser."""
        if (per is Per.DEVICE) != bool(self.device):
            return None
        who = {
            Per.ACCOUNT: self.account,
            Per.SOURCE: self.visit.host,
            Per.NETWORK: self.visit.network,
            Per.DEVICE: self.device,
            Per.ALL: "*",
        }[per]
        return f"{guess}|{per}|{int(limit.window.total_seconds())}|{who}" if who else None


@dataclass(frozen=True, slots=True)
class Reserved:
    """A guess that was counted before it was tried; what was right is given back."""

    keys: Mapping[str, int]


@upholds("AUTHN-1.5")
def reserve(tallies: TallyBook, guess: Guess, guesser: Guesser, now: datetime) -> Reserved:
    """Count one guess before it is tried, so that many at once are no more than one after the other.

    Refused("too-many-attempts") with the seconds to wait when any limit is reached; then nothing is counted.
    """
    concerned = {
        key: limit
        for per, limits in LIMITS[guess].items()
        for limit in limits
        if (key := guesser.key(guess, per, limit)) is not None
    }
    counts = tallies.counts(concerned)
    fresh: dict[str, dict[int, int]] = {}
    expires: dict[str, datetime] = {}
    slices: dict[str, int] = {}
    wait = 0
    for key, limit in concerned.items():
        length = limit.window.total_seconds() / SLICES
        current = int(now.timestamp() // length)
        recent = {at: n for at, n in counts.get(key, {}).items() if at >= current - SLICES}
        if sum(recent.values()) >= limit.count:
            wait = max(wait, _seconds_to_wait(recent, limit, length, now))
        recent[current] = recent.get(current, 0) + 1
        fresh[key], slices[key], expires[key] = recent, current, now + limit.window + timedelta(seconds=2 * length)
    if wait:
        raise TooMany(wait, other_way=_OTHER_WAYS.get(guess, _BY_PASSKEY))
    tallies.keep(fresh, expires)
    return Reserved(slices)


def _seconds_to_wait(recent: Mapping[int, int], limit: Limit, length: float, now: datetime) -> int:
    """Return after how many seconds enough of what was counted is forgotten."""
    left = sum(recent.values())
    for at in sorted(recent):
        left -= recent[at]
        if left < limit.count:
            return max(1, int((at + SLICES + 1) * length - now.timestamp()) + 1)
    return int(limit.window.total_seconds())


def give_back(tallies: TallyBook, reserved: Reserved, now: datetime) -> None:
    """Take back a guess that was right: only failures count."""
    counts = tallies.counts(reserved.keys)
    fresh = {key: dict(slices) for key, slices in counts.items()}
    for key, at in reserved.keys.items():
        if fresh.get(key, {}).get(at, 0) > 0:
            fresh[key][at] -= 1
    tallies.keep(fresh, dict.fromkeys(fresh, now + timedelta(days=2)))


class TooMany(Refused):
    """Too many tries; `wait_seconds` says when the next one is looked at."""

    def __init__(self, wait_seconds: int, other_way: str = _BY_PASSKEY) -> None:
        minutes = max(1, round(wait_seconds / 60))
        super().__init__(
            "too-many-attempts",
            f"Too many tries. Wait {minutes} minute{'s' if minutes > 1 else ''}, then try again. {other_way}".rstrip(),
            principle="AUTHN-1.5",
        )
        self.wait_seconds = wait_seconds
