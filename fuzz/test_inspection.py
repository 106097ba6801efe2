"""Whatever bytes are offered, the inspection answers or refuses, and needs little memory for it.

    python -m pytest fuzz --hypothesis-seed=random

Principles: GEN-2.3
"""

import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.vectors.offering import SDIST_NAME, WHEEL_NAME, inspect
from vectors.archives.make import bombs
from vectors.archives.tar_building import PKG_INFO, TOP, member, pax, sdist
from vectors.archives.zip_building import FOLDER, METADATA, Entry, wheel_entries, zipped

from strongroom.formats import Limits
from strongroom.kernel.refusals import Refused

LIMITS = Limits(unpacked_bytes=1 << 20, members=100, metadata_bytes=64 * 1024)
MEMORY_LIMIT_BYTES = 8 << 20
HOSTILE = sorted((Path(__file__).parents[1] / "vectors" / "archives" / "hostile").iterdir())
WHEELS = [zipped(wheel_entries()), *(path.read_bytes() for path in HOSTILE if path.suffix == ".whl")]
TARS = [
    gzip.decompress(sdist(pax({"path": f"{TOP}/a"}), member("b", b"c"), member(f"{TOP}/d", kind=b"2", link="a"))),
    *(gzip.decompress(path.read_bytes()) for path in HOSTILE if path.name.startswith("tar-")),
]
FIELDS = (
    b"License-Expression: MIT\nRequires-Dist: a (>1) ; extra == 'b'\nProject-URL: a, https://b\n"
    b"Description-Content-Type: text/x-rst\n\nA\n=\n\n.. image:: a\n"
)
fuzzed = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)


@st.composite
def mutants(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Return one of the seeds with bytes changed, cut out, repeated or put in, and perhaps the end of another."""
    content = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        length = draw(st.sampled_from([0, 1, 2, 4, 8, 46, 512]))
        piece = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\xff" * 8, b"PK\5\6", b"PK\1\2", b"PK\3\4", bytes(512)]),
                st.just(bytes(content[at : at + length])),
            )
        )
        content[at : at + length] = piece
    if draw(st.integers(0, 9)) == 0:
        content += draw(st.sampled_from(seeds))[-600:]
    return bytes(content)


def _offer(content: bytes, filename: str) -> None:
    try:
        inspect(content, filename, {"summary": ["Falls on coyotes"]}, LIMITS)
    except Refused as refusal:
        assert refusal.says.isprintable()


@pytest.mark.principle("GEN-2.3")
@fuzzed
@given(mutants(WHEELS))
def test_a_mangled_wheel_is_read_or_refused(content: bytes) -> None:
    _offer(content, WHEEL_NAME)


@pytest.mark.principle("GEN-2.3")
@fuzzed
@given(mutants(TARS))
def test_a_mangled_tar_is_read_or_refused(content: bytes) -> None:
    _offer(gzip.compress(content, 1), SDIST_NAME)


@pytest.mark.principle("GEN-2.3")
@fuzzed
@given(mutants([sdist(member(f"{TOP}/setup.py", b"x" * 5000))]))
def test_a_mangled_gzip_stream_is_read_or_refused(content: bytes) -> None:
    _offer(content, SDIST_NAME)


@pytest.mark.principle("GEN-2.3")
@fuzzed
@given(
    st.sampled_from(["METADATA", "WHEEL", "RECORD", "entry_points.txt"]),
    mutants([METADATA, *(entry.body for entry in wheel_entries()), b"[console_scripts]\na = b:c\n"]),
)
def test_a_wheel_of_mangled_texts_is_read_or_refused(name: str, body: bytes) -> None:
    entries = [
        entry for entry in wheel_entries({f"{FOLDER}/{name}": body}) if name != "RECORD" or b"RECORD" not in entry.name
    ]
    extra = [Entry(f"{FOLDER}/RECORD".encode(), body)] if name == "RECORD" else []
    _offer(zipped([*entries, *extra]), WHEEL_NAME)


@pytest.mark.principle("GEN-2.3")
@fuzzed
@given(mutants([PKG_INFO + FIELDS]))
def test_mangled_metadata_is_read_or_refused(content: bytes) -> None:
    _offer(sdist(metadata=content), SDIST_NAME)


@pytest.mark.principle("GEN-2.3")
def test_no_hostile_archive_and_no_bomb_takes_more_than_a_little_memory() -> None:
    offers = [(path.name, path.read_bytes()) for path in HOSTILE]
    offers += [(name, content) for name, _, _, content in bombs() if "count" not in name]
    # What is imported and cached on first use is not the archive's doing.
    for content, name in ((WHEELS[0], WHEEL_NAME), (sdist(), SDIST_NAME)):
        inspect(content, name)
    for name, content in offers:
        tracemalloc.start()
        _offer(content, WHEEL_NAME if name.endswith(".whl") else SDIST_NAME)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak_bytes < MEMORY_LIMIT_BYTES, name
