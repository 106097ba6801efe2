"""Counting tries of a password twice: under what was typed, and under the account that it leads to, if to any.

Principles: AUTHN-1.5
"""

from collections.abc import Iterator
from contextlib import contextmanager

from strongroom.authn.accounts import Account
from strongroom.authn.sessions import Visit
from strongroom.authn.throttle import Guess, Guesser, Limit, Per, TooMany, give_back, reserve
from strongroom.people.desk import Desk, Visitor
from strongroom.principles import upholds

_LONGEST = 254


class _Aim(Guesser):
    """What is guessed at, by whatever name: nobody's source, network or device."""

    __slots__ = ()

    def key(self, guess: Guess, per: Per, limit: Limit) -> str | None:
        """Return the key of the account alone."""
        return Guesser.key(self, guess, per, limit) if per is Per.ACCOUNT else None


@upholds("AUTHN-1.5")
@contextmanager
def trying(desk: Desk, visitor: Visitor, said: str, account: Account | None, device: str) -> Iterator[bool]:
    """Count a try before it is made, and give it back when it was right; what is inside is wrong when it raises.

    Refused when what was typed was tried too often; that tells nothing, since it is counted whether or not anybody is
    called so. Where only the account was tried too often, by its address and by its name, a refusal would tell that the
    two belong together: False is given then, and whoever asks looks at no password and says that it was wrong.
    """
    typed = said.strip().lower()[:_LONGEST]
    with desk.vault.writing() as books:
        kept = [reserve(books.tallies, Guess.PASSWORD, Guesser(visitor.visit, typed, device), desk.clock())]
        may_look = True
        if not device:
            # Nothing is counted as it was typed that begins with blanks.
            aim = _Aim(Visit(""), f" {account.name}" if account else f" ?{typed}")
            try:
                kept.append(reserve(books.tallies, Guess.PASSWORD, aim, desk.clock()))
            except TooMany:
                may_look = False
    yield may_look
    with desk.vault.writing() as books:
        for reserved in kept:
            give_back(books.tallies, reserved, desk.clock())
