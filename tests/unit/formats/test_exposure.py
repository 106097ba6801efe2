"""Tokens in what is offered are seen wherever they stand and however the bytes are cut.

Principles: AUTHZ-3.2
"""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.worlds import Made, wheel

from strongroom.authz.leaks import TokenSearch
from strongroom.authz.tokens import mint
from strongroom.formats import Limits
from strongroom.formats.exposure import Exposed, Lookout
from strongroom.formats.pypi import PyPIFormat
from strongroom.kernel.refusals import Refused

SECRET = mint(b"in a package".ljust(32))
TOKEN = SECRET.reveal()
WATCHFUL = PyPIFormat(Limits(), search=TokenSearch())


def inspect(made: Made) -> None:
    WATCHFUL.inspect(made.offered(), io.BytesIO(made.content))


def sdist(files: dict[str, bytes]) -> Made:
    out = io.BytesIO()
    described = {"PKG-INFO": b"Metadata-Version: 2.1\nName: anvil\nVersion: 1.0\n\n"}
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for path, content in {**described, **files}.items():
            member = tarfile.TarInfo(f"anvil-1.0/{path}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return Made(
        "anvil-1.0.tar.gz", out.getvalue(), {"metadata_version": ["2.1"], "name": ["anvil"], "version": ["1.0"]}
    )


@given(st.binary(max_size=300), st.binary(max_size=300), st.lists(st.integers(1, 80), min_size=1, max_size=20))
def test_a_token_is_seen_however_the_bytes_are_cut(before: bytes, after: bytes, cuts: list[int]) -> None:
    content, lookout, at = before + TOKEN.encode() + after, Lookout(TokenSearch()), 0
    lookout.enter("anvil.py")
    for number in range(len(content)):
        if at >= len(content):
            break
        piece = content[at : at + cuts[number % len(cuts)]]
        lookout.see(piece)
        at += len(piece)
    with pytest.raises(Exposed) as refused:
        lookout.require_clear()
    assert refused.value.fingerprints == (SECRET.fingerprint(),)


def test_what_ends_one_member_and_begins_the_next_is_no_token() -> None:
    lookout = Lookout(TokenSearch())
    lookout.enter("a")
    lookout.see(TOKEN[:20].encode())
    lookout.enter("b")
    lookout.see(TOKEN[20:].encode())
    lookout.require_clear()


@pytest.mark.parametrize("at", [0, 65_536 - 30, 65_536 - 54, 65_536, 200_000])
def test_a_token_deep_in_a_wheel_is_seen(at: int) -> None:
    with pytest.raises(Exposed, match=r"anvil\.py") as refused:
        inspect(wheel(body="#" * at + TOKEN + "#" * 70_000))
    assert refused.value.fingerprints == (SECRET.fingerprint(),)
    assert TOKEN not in str(refused.value)


def test_a_token_in_the_metadata_is_seen() -> None:
    with pytest.raises(Exposed, match="METADATA"):
        inspect(wheel(more=f"Keywords: {TOKEN}\n"))


@pytest.mark.parametrize("path", ["src/anvil.py", ".pypirc", "tests/data.bin"])
def test_a_token_in_a_source_distribution_is_seen(path: str) -> None:
    with pytest.raises(Exposed, match=path.replace(".", r"\.")):
        inspect(sdist({path: b"\0" * 70_000 + TOKEN.encode()}))


def test_a_member_that_is_named_by_a_token_is_seen_and_its_name_is_not_said() -> None:
    with pytest.raises(Exposed) as refused:
        inspect(sdist({f"{TOKEN}.txt": b""}))
    assert TOKEN not in str(refused.value)
    assert "srm_" not in refused.value.path


def test_a_clean_file_passes_and_so_does_what_only_looks_like_a_token() -> None:
    inspect(wheel(body=f"PREFIX = 'srm_'\nLIKE = '{TOKEN[:-1]}~'\n"))
    inspect(sdist({"anvil.py": b"srm_ " * 20_000}))


def test_a_file_that_is_full_of_what_looks_like_tokens_is_refused_before_it_costs_much() -> None:
    lookout = Lookout(TokenSearch())
    lookout.enter("flood")
    piece = (b"srm_u" + b"0" * 49) * 1200
    with pytest.raises(Refused, match="too-many-lookalikes"):
        for _ in range(2000):
            lookout.see(piece)
