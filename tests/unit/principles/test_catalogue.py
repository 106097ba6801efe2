"""The catalogue holds the whole framework, and nothing that contradicts itself.

Principles: none
"""

from collections import Counter
from dataclasses import FrozenInstanceError

import pytest

from strongroom.principles import catalogue
from strongroom.principles.catalogue import Track, clause, framework, principle, principles


def test_the_framework_has_32_principles_in_four_tracks() -> None:
    assert Counter(each.track for each in principles()) == {
        Track.AUTHENTICATION: 12,
        Track.AUTHORIZATION: 6,
        Track.GENERAL: 9,
        Track.CLI: 5,
    }
    assert len({each.id for each in principles()}) == 32


def test_every_track_has_something_at_every_level() -> None:
    assert {(each.track, each.level) for each in principles()} == {(t, n) for t in Track for n in (1, 2, 3)}


def test_numbers_within_a_level_have_no_gap() -> None:
    for (track, level), count in Counter((each.track, each.level) for each in principles()).items():
        numbers = [int(each.id[-1]) for each in principles() if (each.track, each.level) == (track, level)]
        assert numbers == list(range(1, count + 1))


def test_clauses_are_lettered_in_order_and_one_of_each_principle_is_required() -> None:
    for each in principles():
        assert "".join(c.letter for c in each.clauses) == "abcde"[: len(each.clauses)]
        assert any(c.required for c in each.clauses)


def test_every_clause_is_one_sentence() -> None:
    for each in principles():
        for c in each.clauses:
            assert c.text[0].isupper() and c.text.endswith("."), c.id
            assert ". " not in c.text, c.id


def test_four_clauses_are_only_advised() -> None:
    advised = [c.id for each in principles() for c in each.clauses if not c.required]
    assert advised == ["AUTHN-1.4c", "AUTHN-3.3b", "GEN-1.1c", "GEN-3.1b"]


def test_a_principle_and_a_clause_are_found_by_id() -> None:
    assert principle("AUTHN-3.2").title == "MFA for all maintainers"
    assert clause("AUTHN-1.5b").text == "Guesses of second factors and recovery codes are limited too."


@pytest.mark.parametrize("id", ["AUTHN-4.1", "AUTHN-3.2a", "", "authn-3.2"])
def test_an_unknown_principle_is_an_error(id: str) -> None:
    with pytest.raises(KeyError):
        principle(id)


def test_the_framework_is_named_with_its_licence() -> None:
    assert framework().licence == "CC-BY-4.0"
    assert framework().version == "0.1"


def test_the_catalogue_cannot_be_changed_at_run_time() -> None:
    with pytest.raises(FrozenInstanceError):
        principle("AUTHN-1.1").level = 3  # type: ignore[misc]


def test_an_id_that_contradicts_its_level_is_not_loaded() -> None:
    entry = {"id": "AUTHN-1.1", "level": 2, "track": "authentication", "title": "", "clauses": []}
    with pytest.raises(ValueError, match="does not tell level 2"):
        catalogue._principle_from(entry)
