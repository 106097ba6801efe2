"""Every hostile archive is refused, for its own reason.

Principles: GEN-2.1, GEN-2.3
"""

import tomllib
from pathlib import Path

import pytest
from tests.vectors.offering import SDIST_NAME, WHEEL_NAME, inspect
from vectors.archives.make import bombs
from vectors.archives.tar_building import TOP, member, pax, sdist
from vectors.archives.zip_building import Entry, wheel_entries, zipped

from strongroom.kernel.refusals import Refused

ARCHIVES = Path(__file__).parents[2] / "vectors" / "archives"
EXPECTED = tomllib.loads((ARCHIVES / "expected.toml").read_text(encoding="utf-8"))
KEPT = sorted(path.name for path in (ARCHIVES / "hostile").iterdir())
BOMBS = sorted(name for name in EXPECTED if name.startswith("bomb-"))


def _offered_as(name: str) -> str:
    return WHEEL_NAME if name.endswith(".whl") else SDIST_NAME


def test_every_archive_has_an_expectation_and_every_expectation_an_archive() -> None:
    assert sorted([*KEPT, *BOMBS]) == sorted(EXPECTED)
    assert len(EXPECTED) >= 60


@pytest.mark.principle("GEN-2.3")
@pytest.mark.principle("GEN-2.1")
@pytest.mark.parametrize("name", KEPT)
def test_a_hostile_archive_is_refused_for_its_own_reason(name: str) -> None:
    content = (ARCHIVES / "hostile" / name).read_bytes()
    with pytest.raises(Refused) as refusal:
        inspect(content, _offered_as(name))
    assert refusal.value.code == EXPECTED[name]["refused"]
    assert refusal.value.says.isprintable()
    assert len(refusal.value.says) < 500


@pytest.mark.principle("GEN-2.3")
def test_every_bomb_is_refused_before_it_goes_off() -> None:
    refused = {}
    for name, _, _, content in bombs():
        with pytest.raises(Refused) as refusal:
            inspect(content, _offered_as(name))
        refused[name] = refusal.value.code
    assert refused == {name: EXPECTED[name]["refused"] for name in BOMBS}


def test_the_archives_that_the_hostile_ones_are_made_of_are_good() -> None:
    assert inspect(zipped(wheel_entries())).version == "1.0"
    assert inspect(sdist(), SDIST_NAME).version == "1.0"


def test_harmless_rarities_of_honest_tools_are_taken() -> None:
    link = member(f"{TOP}/docs", kind=b"5") + member(f"{TOP}/docs/LICENSE", kind=b"2", link="../PKG-INFO")
    named = pax({"path": f"{TOP}/caf\u00e9", "mtime": "1.5"}) + member("short", b"coffee")
    note = pax({"comment": "0123456789abcdef"}, kind=b"g")
    assert inspect(sdist(note, link, named, member(f"{TOP}/setuid", b"x")), SDIST_NAME).kind == "sdist"
    long = member("././@LongLink", f"{TOP}/long".encode() + bytes(4), kind=b"L") + member("long", b"x")
    links = pax({"linkpath": "LICENSE"}) + member(f"{TOP}/a", kind=b"2", link="a")
    assert inspect(sdist(long, links), SDIST_NAME).kind == "sdist"
    entries = wheel_entries()
    wide = {"unpacked": 0xFFFFFFFF, "packed": 0xFFFFFFFF}
    size = len(entries[0].body).to_bytes(8, "little")
    large = Entry(entries[0].name, entries[0].body, local=wide, local_extra=b"\1\0\x10\0" + size * 2)
    assert inspect(zipped([large, *entries[1:]], comment=b"zip-rs")).kind == "bdist_wheel"


def test_a_wheel_may_install_into_every_place_that_the_specification_has() -> None:
    places = ["purelib/a.py", "platlib/anvil/b.py", "headers/a.h", "scripts/a", "data/bin/b", "data/share/a", "data/a"]
    files = {f"anvil-1.0.data/{place}": place.encode() for place in places}
    folders = [Entry(f"anvil-1.0.data/{name}".encode(), b"", mode=0o40755) for name in ("", "platlib/", "data/bin/")]
    vendored = {"anvil/_vendor/hammer-1.0.dist-info/METADATA": b"Name: hammer\n", "anvil/hammer-1.0.data/a": b"a"}
    assert inspect(zipped([*folders, *wheel_entries({**files, **vendored})])).kind == "bdist_wheel"
