"""What probes leave: no secret in what they write down, and nobody trusted whom they made trusted.

Principles: AUTHZ-3.2
"""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from tests.assess.weakroom.accounts import Account, Sessions, accounts
from tests.assess.weakroom.leaks import Reporters
from tests.assess.weakroom.oidc import Keys
from tests.assess.weakroom.room import Room
from tests.assess.weakroom.tokens import Tokens
from tests.assess.weakroom.visit import setting

from strongroom.assess.drivers.operations import Op
from strongroom.assess.probing import Outcome
from strongroom.assess.run import ask, clean_up, every_probe

CLAUSES = [each.clause for each in every_probe() if each.clause.startswith(("AUTHZ", "GEN"))]


class Hoard(dict[str, Any]):
    """Keeps every key that was ever in it, and every value's secrets."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: set[str] = set()

    def __setitem__(self, key: str, value: Any) -> None:
        self.secrets |= {value.password, value.totp_secret} if isinstance(value, Account) else {key}
        super().__setitem__(key, value)


@pytest.mark.principle("AUTHZ-3.2")
@pytest.mark.parametrize("clause", CLAUSES)
def test_no_secret_is_written_down(clause: str) -> None:
    room = Room()
    hoards = {kind.__name__: Hoard() for kind in (Tokens, Sessions)}
    room.shelves |= hoards
    people = Hoard()
    room.shelves[type(accounts(room)).__name__] = people
    identity_tokens: set[str] = set()
    visited = setting(room)
    if "issuer" in visited.tools:
        honest = visited.tools["issuer"]
        signed = type(honest).signed

        class Watched(type(honest)):  # type: ignore[misc]
            def signed(self, claims: Any) -> str:
                made = str(signed(self, claims))
                identity_tokens.add(made)
                return made

        watched = Watched(honest.address, honest.key, honest.stolen_name)
        visited = replace(visited, tools={**visited.tools, "issuer": watched})
    probe = next(each for each in every_probe() if each.clause == clause)
    finding = ask(visited, probe)
    assert finding.outcome is Outcome.MET, finding.saw
    written = json.dumps([asdict(each) for each in visited.wire.transcript.exchanges]) + finding.saw
    secrets = people.secrets.union(identity_tokens, *(each.secrets for each in hoards.values())) - {""}
    assert not [secret for secret in secrets if secret in written]


def test_what_is_not_written_down_was_there_to_be_written() -> None:
    visited = setting(Room())
    probe = next(each for each in every_probe() if each.clause == "AUTHZ-3.1a")
    ask(visited, probe)
    minted = [each for each in visited.wire.transcript.exchanges if each.url.endswith("/oidc/mint")]
    assert '"token":"•••"' in minted[0].excerpt


@pytest.mark.parametrize("clause", ["AUTHZ-3.1a", "AUTHZ-3.2b", "AUTHZ-3.2c"])
def test_whom_a_run_made_trusted_is_trusted_no_longer(clause: str) -> None:
    room = Room()
    visited = setting(room)
    ask(visited, next(each for each in every_probe() if each.clause == clause))
    assert room.shelf(Keys) or room.shelf(Reporters)
    assert clean_up(visited) == ()
    assert not room.shelf(Keys)
    assert not room.shelf(Reporters)


def test_trust_that_cannot_be_taken_back_is_left_behind_and_said_to_be() -> None:
    visited = setting(Room(), without=[Op.DISTRUST_REPORTER])
    probe = next(each for each in every_probe() if each.clause == "AUTHZ-3.2b")
    ask(visited, probe)
    assert [left.partition(" srprobe")[0] for left in clean_up(visited)] == ["trusted reporter"]
