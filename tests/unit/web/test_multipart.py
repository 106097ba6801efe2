"""An upload's form is taken whole or refused, however its body is cut into pieces (RFC 7578).

Principles: GEN-2.1
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.uploads import BOUNDARY, encode
from tests.worlds import Made, wheel

from strongroom.formats import Offered
from strongroom.kernel.refusals import Refused
from strongroom.web.multipart import FormLimits, UploadForm, require_digests

KIND = f"multipart/form-data; boundary={BOUNDARY}".encode()
LIMITS = FormLimits(1_000_000, 100_000)
SMALL = Made(
    "anvil-1.0.tar.gz", b"--" + BOUNDARY.encode()[:-1] + b"\r\n-iron\r\n", {"name": ["anvil"], "keyword": ["a", "b"]}
)

Taken = tuple[Mapping[str, Sequence[str]], Offered | None, bytes | None]


def take(pieces: Iterable[bytes], folder: Path, limits: FormLimits = LIMITS, kind: bytes = KIND) -> Taken:
    """Feed the pieces to a form and return what it took."""
    with UploadForm(kind, limits, folder) as form:
        for piece in pieces:
            form.feed(piece)
        fields, offered, content = form.finish()
        return fields, offered, content.read() if content else None


def field(name: str, value: str | bytes) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode()
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + raw + b"\r\n"


def file(content: bytes, name: str = "content", filename: str = "anvil-1.0.tar.gz") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
    return head.encode() + content + b"\r\n"


def digest(content: bytes) -> bytes:
    return field("sha256_digest", hashlib.sha256(content).hexdigest())


END = f"--{BOUNDARY}--\r\n".encode()


def test_a_form_cut_in_two_anywhere_is_the_same_form(tmp_path: Path) -> None:
    body, _ = encode(SMALL)
    whole = take([body], tmp_path)
    assert whole[2] == SMALL.content
    assert whole[1] == replace(SMALL.offered(), claims=whole[0])
    for place in range(1, len(body)):
        assert take([body[:place], body[place:]], tmp_path) == whole, place


def test_a_form_that_comes_byte_by_byte_is_the_same_form(tmp_path: Path) -> None:
    body, _ = encode(SMALL)
    assert take((body[place : place + 1] for place in range(len(body))), tmp_path) == take([body], tmp_path)


def test_a_file_larger_than_memory_keeps_is_measured_right(tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    made = Made("anvil-1.0.tar.gz", content, {})
    body, _ = encode(made)
    limits = FormLimits(len(content), 100_000)
    pieces = (body[place : place + 65536] for place in range(0, len(body), 65536))
    fields, offered, read = take(pieces, tmp_path, limits)
    assert read == content
    assert offered == replace(made.offered(), claims=fields)
    assert list(tmp_path.iterdir()) == []


def test_fields_that_are_said_several_times_keep_their_order(tmp_path: Path) -> None:
    fields, _, _ = take([encode(SMALL)[0]], tmp_path)
    assert fields["keyword"] == ["a", "b"]
    assert fields["name"] == ["anvil"]


def test_words_of_any_language_arrive(tmp_path: Path) -> None:
    fields, offered, _ = take([field("author", "Ada Ünïcode 名前") + field("empty", "") + END], tmp_path)
    assert fields == {"author": ["Ada Ünïcode 名前"], "empty": [""]}
    assert offered is None


@pytest.mark.parametrize(
    "kind",
    [
        b"",
        b"text/plain",
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=" + b"x" * 201,
        b"multipart/mixed; boundary=x",
        b"application/x-www-form-urlencoded",
        b"\xff",
    ],
)
def test_what_is_no_form_with_a_boundary_is_refused(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(Refused, match="bad-form"):
        UploadForm(kind, LIMITS, tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"--wrong\r\n",
        field("a", "b"),
        field("a", "b") + END[:-4],
        file(b"iron"),
        f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n".encode() + END,
        f"--{BOUNDARY}\r\n\r\nx\r\n".encode() + END,
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n'.encode()
        + b"X: y\r\n" * 17
        + b"\r\nx\r\n"
        + END,
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\nX: '.encode()
        + b"y" * 5000
        + b"\r\n\r\nx\r\n"
        + END,
        field("a", b"\xff\xfe") + END,
        field("a", b"a\x00b") + END,
        field("a\x00", "b") + END,
        digest(b"iron") + file(b"iron", filename="\x00.whl") + END,
        digest(b"iron") + file(b"iron") + file(b"iron") + END,
        digest(b"iron") + file(b"iron") + file(b"tin", filename="other-1.0.tar.gz") + END,
        file(b"iron", name="readme") + END,
    ],
    ids=[
        "empty",
        "no boundary",
        "other boundary",
        "no end",
        "half an end",
        "a file without an end",
        "no name",
        "no disposition",
        "many headers",
        "a long header",
        "not utf-8",
        "nul in a value",
        "nul in a name",
        "nul in a file name",
        "the file twice",
        "two files",
        "a file under another name",
    ],
)
def test_a_broken_form_is_refused_and_leaves_nothing(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(Refused, match="bad-form"):
        take([body], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_signature_is_taken_and_thrown_away(tmp_path: Path) -> None:
    body = digest(b"iron") + file(b"iron") + file(b"-----BEGIN PGP", name="gpg_signature", filename="x.asc") + END
    fields, offered, content = take([body], tmp_path)
    assert "gpg_signature" not in fields
    assert content == b"iron"
    assert offered is not None


def test_every_limit_holds_to_the_byte(tmp_path: Path) -> None:
    body = digest(b"iron") + file(b"iron") + END
    assert take([body], tmp_path, FormLimits(4, 1000))[2] == b"iron"
    with pytest.raises(Refused, match="file-too-large"):
        take([body], tmp_path, FormLimits(3, 1000))
    plain = field("a", "x" * 100) + END
    spent = 100 + len('Content-Dispositionform-data; name="a"')
    assert take([plain], tmp_path, FormLimits(0, spent))[0] == {"a": ["x" * 100]}
    with pytest.raises(Refused, match="file-too-large"):
        take([plain], tmp_path, FormLimits(0, spent - 1))
    with pytest.raises(Refused, match="thousands"):
        take([field("a", "") * 5001 + END], tmp_path, FormLimits(0, 10**9))


def test_a_file_that_is_too_large_is_refused_before_it_has_all_come(tmp_path: Path) -> None:
    fed = 0
    with pytest.raises(Refused, match="file-too-large"), UploadForm(KIND, FormLimits(1000, 1000), tmp_path) as form:
        form.feed(digest(b"") + file(b"")[:-2])
        for _ in range(1000):
            form.feed(b"x" * 100)
            fed += 100
    assert fed <= 1100


@pytest.mark.principle("GEN-2.1")
@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({}, "at least one"),
        ({"sha256_digest": [""]}, "at least one"),
        ({"sha256_digest": ["0" * 64]}, "sha256_digest"),
        ({"md5_digest": ["0" * 32]}, "md5_digest"),
        ({"blake2_256_digest": ["0" * 64]}, "blake2_256_digest"),
        ({"sha256_digest": ["RIGHT"], "md5_digest": ["0" * 32]}, "md5_digest"),
        ({"sha256_digest": ["0" * 64, "RIGHT"]}, "sha256_digest"),
        ({"sha256_digest": ["RIGHT", "0" * 64]}, "sha256_digest"),
        ({"sha256_digest": ["UNKNOWN"]}, "sha256_digest"),
    ],
)
def test_a_form_whose_digests_are_missing_or_wrong_is_refused(claims: dict[str, list[str]], reason: str) -> None:
    offered = wheel().offered()
    said = {key: [v.replace("RIGHT", offered.digests.sha256.hex) for v in values] for key, values in claims.items()}
    with pytest.raises(Refused, match=reason) as refused:
        require_digests(replace(offered, claims=said))
    assert refused.value.code == "digest-mismatch"


def test_digests_are_taken_in_capitals_and_one_of_them_is_enough() -> None:
    offered = wheel().offered()
    for key, value in (
        ("sha256_digest", offered.digests.sha256.hex.upper()),
        ("md5_digest", offered.digests.md5),
        ("blake2_256_digest", f" {offered.digests.blake2b_256}\n"),
    ):
        require_digests(replace(offered, claims={key: [value]}))


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters='"\r\n\0\\', exclude_categories=["Cs"]), min_size=1),
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        ),
        max_size=8,
    ),
    st.lists(st.integers(0, 2000), max_size=12),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_said_in_a_form_arrives_whatever_its_pieces(
    tmp_path: Path, said: list[tuple[str, str]], cuts: list[int]
) -> None:
    body = b"".join(field(name, value) for name, value in said) + END
    edges = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    pieces = [body[start:stop] for start, stop in pairwise(edges)]
    fields, offered, _ = take(pieces, tmp_path)
    expected: dict[str, list[str]] = {}
    for name, value in said:
        expected.setdefault(name, []).append(value)
    assert fields == expected
    assert offered is None
