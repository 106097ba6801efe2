"""The upload endpoint: who may speak to it, in which words, and what it answers.

Principles: AUTHN-3.2, AUTHZ-1.1, AUTHZ-1.2, GEN-2.1
"""

import base64
import json
from pathlib import Path

import pytest
from tests.uploads import BOUNDARY, encode
from tests.web.asking import Answer, Place, placed
from tests.worlds import ADA, ANVIL, BOB, Made, wheel

from strongroom.authz.tokens import mint
from strongroom.kernel.names import ProjectName
from strongroom.packages.removal import remove_file
from strongroom.people.registry import revoke_token

MADE = wheel()
BODY, KIND = encode(MADE)
JSON = "application/vnd.pypi.simple.v1+json"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def send(place: Place, authorization: str | None, body: bytes = BODY, path: str = "/legacy/") -> Answer:
    headers = {"content_type": KIND, "content_length": str(len(body))}
    if authorization is not None:
        headers["authorization"] = authorization
    return place.ask(path, "POST", body, **headers)


def require_problem(answer: Answer, status: int, code: str) -> None:
    """RFC 9457: a problem document; twine reads the reason phrase, uv the title and the detail."""
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["connection"] == "close"
    assert answer.json["type"] == f"/problems/#{code}"
    assert answer.json["status"] == status
    assert answer.json["detail"] == answer.json["message"]
    assert f"({code})" in answer.reason
    assert answer.json["detail"][:40] in answer.reason
    assert answer.reason.isprintable()
    assert len(answer.reason) <= 500


def test_a_file_is_taken_with_a_token_in_each_form_that_clients_send(place: Place) -> None:
    token = place.token()
    named = basic("__token__", token)
    said = [named, named.replace("Basic", "BASIC"), f"Bearer {token}", f"bearer {token}", f"token {token}"]
    for number, authorization in enumerate(said):
        body, _ = encode(wheel(version=f"1.{number}"))
        answer = send(place, authorization, body)
        assert (answer.status, answer.body) == (200, b"")
    assert len(place.ask("/simple/anvil/", accept=JSON).json["files"]) == 5


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        (None, 401, "no-token"),
        ("", 401, "no-token"),
        ("Basic", 403, "passwords-not-taken"),
        ("Basic !!!", 401, "no-token"),
        ("Basic YWRh=YQ", 401, "no-token"),
        ("Basic \xe4\xf6\xfc", 401, "no-token"),
        ("Basic " + base64.b64encode(b"\xff\xfe:x").decode(), 401, "no-token"),
        ("Digest x", 401, "no-token"),
        (basic("ada", "correct horse battery staple"), 403, "passwords-not-taken"),
        (basic("", "TOKEN"), 403, "passwords-not-taken"),
        (basic("__TOKEN__", "TOKEN"), 403, "passwords-not-taken"),
        (basic("__token__", ""), 403, "unknown-token"),
        (basic("__token__", "pypi-AgEIcHlwaS5vcmc"), 403, "unknown-token"),
        ("Bearer ", 403, "unknown-token"),
        ("Bearer \xe4", 403, "unknown-token"),
        (f"Bearer {mint(b'x' * 32).reveal()}", 403, "unknown-token"),
        (f"Bearer {mint(b'x' * 32).reveal()[:-1]}0", 403, "unknown-token"),
    ],
)
def test_without_a_token_of_this_repository_nothing_is_taken(
    place: Place, authorization: str | None, status: int, code: str
) -> None:
    answer = send(place, authorization)
    require_problem(answer, status, code)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert place.ask("/simple/anvil/").status == 404


def test_two_tokens_in_two_headers_are_none(place: Place) -> None:
    headers = [(b"content-type", KIND.encode()), *[(b"authorization", f"Bearer {place.token()}".encode())] * 2]
    require_problem(place.send("/legacy/", "POST", headers, [BODY]), 403, "unknown-token")


def test_a_revoked_or_foreign_or_narrow_token_is_told_what_it_is(place: Place) -> None:
    token = place.token()
    with place.repository.vault.reading() as books:
        identifier = books.tokens.tokens_of(ADA)[0].identifier
    revoke_token(place.repository.registry(), "test", identifier)
    require_problem(send(place, f"Bearer {token}"), 403, "token-revoked")
    narrow = place.token(ADA, ProjectName("pypi", "hammer"))
    require_problem(send(place, f"Bearer {narrow}"), 403, "token-out-of-scope")
    assert send(place, f"Bearer {place.token(ADA, ANVIL)}").status == 200
    other, _ = encode(wheel(version="2.0"))
    require_problem(send(place, f"Bearer {place.token(BOB)}", other), 403, "not-allowed")


def large(place: Place, token: str) -> Answer:
    """Send a form so long that its sender is asked for before its body is looked into."""
    made = Made("anvil-1.0-py3-none-any.whl", b"x" * 400_000, MADE.claims)
    return send(place, f"Bearer {token}", encode(made)[0])


def test_who_sends_a_long_body_is_asked_first(place: Place) -> None:
    token = place.token()
    assert large(place, token).status == 400
    require_problem(large(place, mint(b"x" * 32).reveal()), 403, "unknown-token")


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("/legacy/", ["file_upload"], 200),
        ("/legacy/?:action=file_upload", [], 200),
        ("/legacy/?%3Aaction=file_upload", [], 200),
        ("/legacy/?%3aaction=file_upload", [], 200),
        ("/legacy/?x=1&:action=file%5Fupload", [], 200),
        ("/legacy/?:action=file_upload", ["file_upload"], 200),
        ("/legacy/", [], 400),
        ("/legacy/", ["verify"], 400),
        ("/legacy/?:action=verify", ["file_upload"], 400),
        ("/legacy/?:action=", [], 400),
        ("/legacy/", ["file_upload", "submit"], 410),
        ("/legacy/", ["submit"], 410),
        ("/legacy/", ["submit_pkg_info"], 410),
        ("/legacy/", ["doc_upload"], 410),
        ("/legacy/?:action=submit", [], 410),
    ],
)
def test_the_action_is_said_in_the_form_or_in_the_address(
    place: Place, path: str, said: list[str], status: int
) -> None:
    answer = place.upload(MADE, place.token(), {":action": said}, path)
    assert answer.status == status
    if status != 200:
        require_problem(answer, status, {400: "bad-form", 410: "no-longer-offered"}[status])


@pytest.mark.parametrize(("said", "status"), [(["1"], 200), ([""], 200), ([], 200), (["2"], 400), (["1", "2"], 400)])
def test_the_protocol_is_version_1(place: Place, said: list[str], status: int) -> None:
    assert place.upload(MADE, place.token(), {"protocol_version": said}).status == status


def test_values_that_old_tools_fill_in_are_no_claims(place: Place) -> None:
    unknown = {"home_page": ["UNKNOWN"], "author": ["UNKNOWN"], "platform": ["UNKNOWN"], "description": ["UNKNOWN"]}
    assert place.upload(MADE, place.token(), unknown).status == 200
    page = place.ask("/pypi/anvil/json").json["info"]
    assert "UNKNOWN" not in json.dumps(page)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sha256_digest": ["0" * 64]}, "digest-mismatch"),
        ({"sha256_digest": []}, "digest-mismatch"),
        ({"summary": ["It is light"]}, "metadata-mismatch"),
        ({"name": ["hammer"]}, "metadata-mismatch"),
        ({"filetype": ["sdist"]}, "metadata-mismatch"),
    ],
)
@pytest.mark.principle("GEN-2.1")
def test_a_form_that_says_otherwise_than_the_file_is_refused(
    place: Place, changed: dict[str, list[str]], code: str
) -> None:
    require_problem(place.upload(MADE, place.token(), changed), 400, code)
    assert place.ask("/simple/anvil/").status == 404


def test_a_form_without_a_file_or_that_is_none_is_refused(place: Place) -> None:
    authorization = f"Bearer {place.token()}"
    action = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name=":action"\r\n\r\nfile_upload\r\n--{BOUNDARY}--\r\n'
    for body in (action.encode(), b"", b"nonsense", BODY[:-20]):
        require_problem(send(place, authorization, body), 400, "bad-form")
    headers = {"authorization": authorization, "content_type": "application/json"}
    require_problem(place.ask("/legacy/", "POST", b"{}", **headers), 400, "bad-form")


@pytest.mark.parametrize("name", ["anvil.exe", "../x.whl", "anvil-1.0-py3-none-any.WHL", "\u202ex.whl", "."])
def test_a_file_of_another_kind_is_refused_in_words(place: Place, name: str) -> None:
    answer = place.upload(Made(name, MADE.content, MADE.claims), place.token())
    require_problem(answer, 400, "bad-form")


def test_limits_are_refused_with_413(tmp_path: Path) -> None:
    small = {"file_bytes": 1024, "form_bytes": 4096, "project_bytes": 1500}
    place = placed(tmp_path / "data", limits=small)
    token = place.token()
    assert place.upload(wheel(version="1.0"), token).status == 200
    require_problem(place.upload(wheel(version="1.1"), token), 413, "project-too-large")
    require_problem(place.upload(Made(MADE.filename, b"x" * 1025, {}), token), 413, "file-too-large")
    require_problem(place.upload(MADE, token, {"author": ["x" * 5000]}), 413, "file-too-large")
    assert list((tmp_path / "data/incoming").iterdir()) == []
    place.repository.close()


@pytest.mark.principle("GEN-2.1")
def test_the_same_file_again_is_no_error_and_other_bytes_are_a_conflict_that_twine_knows(place: Place) -> None:
    token = place.token()
    assert place.upload(MADE, token).status == 200
    assert place.upload(MADE, token).status == 200
    answer = place.upload(wheel(body="tin"), token)
    require_problem(answer, 409, "file-exists")
    assert answer.reason.startswith("File already exists")
    assert answer.json["principle"] == "GEN-2.1"


@pytest.mark.principle("GEN-2.1")
def test_what_was_removed_is_gone_and_says_so(place: Place) -> None:
    token = place.token()
    place.upload(MADE, token)
    remove_file(place.repository.cellar(), place.repository.format, "ada", MADE.filename)
    require_problem(place.upload(MADE, token), 410, "filename-removed")
    require_problem(place.upload(wheel(tag="py2-none-any"), token), 410, "version-removed")


def test_a_damaged_blob_is_our_fault_and_its_place_is_nobodys_business(place: Place, tmp_path: Path) -> None:
    digest = MADE.offered().digests.sha256.hex
    lying = tmp_path / f"data/files/{digest[:2]}/{digest[2:4]}/{digest[4:]}"
    lying.mkdir(parents=True)
    (lying / MADE.filename).write_bytes(b"tin")
    answer = place.upload(MADE, place.token())
    assert answer.status == 500
    assert str(tmp_path) not in answer.text
    assert place.ask("/simple/anvil/").status == 404


def test_a_refusal_of_any_language_is_one_line_of_latin_letters(place: Place) -> None:
    answer = place.upload(MADE, place.token(), {"summary": ["名前\r\nX-Evil: yes"]})
    assert answer.status == 400
    assert "\r" not in answer.reason
    assert "\n" not in answer.reason
    assert "x-evil" not in answer.headers
