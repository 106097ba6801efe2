"""Every book of policies that wait to be lowered keeps its promises, on every database.

Principles: AUTHZ-2.1
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.worlds import ADA, ANVIL, BOB

from strongroom.authz.policies import ASK_LIFE, Ask
from strongroom.kernel.names import ProjectName
from strongroom.kernel.records import Demand
from strongroom.storage.sql.vault import SqlVault

pytestmark = pytest.mark.principle("AUTHZ-2.1")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
OF_ANVIL = Ask("a1", ANVIL, "", frozenset({Demand.TWO_PEOPLE, Demand.ATTESTATIONS}), ADA, NOW, NOW + ASK_LIFE)
OF_ACME = Ask("a2", None, "acme", frozenset({Demand.TWO_PEOPLE}), BOB, NOW, NOW + ASK_LIFE - timedelta(days=1))


def test_what_was_asked_comes_back_as_it_was_until_it_is_forgotten(vault: SqlVault) -> None:
    with vault.writing() as books:
        for each in (OF_ANVIL, OF_ACME):
            books.asks.put_ask(each)
    with vault.reading() as books:
        assert (books.asks.ask("a1"), books.asks.ask("a2"), books.asks.ask("a3")) == (OF_ANVIL, OF_ACME, None)
        assert books.asks.ask_of(ANVIL, "") == OF_ANVIL
        assert books.asks.ask_of(None, "acme") == OF_ACME
        assert books.asks.ask_of(None, "anvil") is None
        assert books.asks.ask_of(ProjectName("toy", "anvil"), "") is None
    with vault.writing() as books:
        for _ in range(2):
            books.asks.remove_ask_of(ANVIL, "")
        assert (books.asks.ask("a1"), books.asks.ask("a2")) == (None, OF_ACME)


def test_what_is_asked_anew_takes_the_place_of_what_was_asked_before(vault: SqlVault) -> None:
    again = replace(OF_ANVIL, identifier="a4", lifted=frozenset({Demand.TWO_PEOPLE}), by=BOB)
    with vault.writing() as books:
        for each in (OF_ANVIL, OF_ACME, again):
            books.asks.put_ask(each)
        assert (books.asks.ask("a1"), books.asks.ask_of(ANVIL, "")) == (None, again)
        assert books.asks.ask_of(None, "acme") == OF_ACME


def test_what_has_waited_past_its_time_is_known_to_the_moment(vault: SqlVault) -> None:
    with vault.writing() as books:
        for each in (OF_ANVIL, OF_ACME):
            books.asks.put_ask(each)
        assert books.asks.asks_before(OF_ACME.expires - timedelta(microseconds=1)) == []
        assert books.asks.asks_before(OF_ACME.expires) == [OF_ACME]
        assert books.asks.asks_before(OF_ANVIL.expires) == [OF_ACME, OF_ANVIL]


def test_what_is_undone_leaves_nothing_asked(vault: SqlVault) -> None:
    with pytest.raises(RuntimeError), vault.writing() as books:
        books.asks.put_ask(OF_ANVIL)
        raise RuntimeError
    with vault.reading() as books:
        assert books.asks.ask_of(ANVIL, "") is None
