"""The tool that judges licences refuses copyleft and silence, and accepts a free choice.

Principles: none
"""

import pytest
from tools.licences import locked, objection


@pytest.mark.parametrize(
    ("name", "licence"),
    [
        ("a", "MIT"),
        ("a", "BSD License"),
        ("a", "Apache-2.0 OR GPL-2.0-only"),
        ("a", "Public Domain or BSD License or GNU General Public License (GPL)"),
        ("psycopg", "LGPL-3.0-only"),
        ("psycopg-binary", "GNU Lesser General Public License v3 (LGPLv3)"),
    ],
)
def test_a_free_licence_is_accepted(name: str, licence: str) -> None:
    assert objection(name, licence) is None


@pytest.mark.parametrize(
    ("name", "licence", "why"),
    [
        ("a", "GPL-3.0-or-later", "GPL"),
        ("a", "AGPL-3.0-only", "GPL"),
        ("a", "GNU Affero General Public License v3", "GPL"),
        ("a", "LGPL-3.0-only", "GPL"),
        ("a", "", "nothing"),
        ("a", "Beerware", "nobody has judged"),
    ],
)
def test_copyleft_silence_and_the_unknown_are_not(name: str, licence: str, why: str) -> None:
    assert why in str(objection(name, licence))


def test_a_lock_is_read_with_its_markers() -> None:
    text = "a==1.0 \\\n    --hash=sha256:00\nb==1.0 ; sys_platform == 'nowhere' \\\n    --hash=sha256:00\n"
    assert locked(text) == ["a"]
