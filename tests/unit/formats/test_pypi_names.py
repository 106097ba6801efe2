"""Names and versions are parsed as PEP 503, 508 and 440 say.

Principles: GEN-2.1
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import is_normalized_name

from strongroom.formats import Limits
from strongroom.formats.pypi import PyPIFormat
from strongroom.formats.pypi.names import is_prerelease, parse_name, parse_version, version_key


@pytest.mark.parametrize("raw", ["Zope.Interface", "zope_interface", "ZOPE--INTERFACE", "zope-_.interface"])
def test_every_spelling_of_a_name_is_one_name(raw: str) -> None:
    assert parse_name(raw).text == "zope-interface"
    assert PyPIFormat(Limits()).parse_name(raw) == parse_name(raw)


@pytest.mark.parametrize("raw", ["", "-a", "a-", "_", "a b", "a/b", "caf\u00e9", "a\n", "a" * 101, "\u0131"])
def test_what_is_no_name_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="not a Python project name"):
        parse_name(raw)


@given(st.text(max_size=120))
def test_whatever_is_a_name_has_a_canonical_one_that_stays(raw: str) -> None:
    try:
        name = parse_name(raw)
    except ValueError:
        return
    assert is_normalized_name(name.text)
    assert parse_name(name.text) == name


@pytest.mark.parametrize(
    ("raw", "canonical"), [("v1.0-RC.1", "1.0rc1"), ("2024.05.01", "2024.5.1"), ("1.0.0", "1.0.0")]
)
def test_a_version_has_one_canonical_spelling(raw: str, canonical: str) -> None:
    assert parse_version(raw) == PyPIFormat(Limits()).parse_version(raw) == canonical


@pytest.mark.parametrize("raw", ["", "one", "1.0+local", "1" * 101, "1.0\x00"])
def test_what_is_no_public_version_is_refused(raw: str) -> None:
    with pytest.raises(ValueError):
        parse_version(raw)


def test_versions_sort_as_releases_do() -> None:
    ordered = ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.9", "1.10", "1!0.1"]
    assert sorted(reversed(ordered), key=version_key) == ordered
    assert version_key("1.0") == version_key("1.0.0")
    assert [version for version in ordered if is_prerelease(version)] == ordered[:3]
