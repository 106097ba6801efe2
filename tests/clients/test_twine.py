"""twine against a live repository: what it publishes, what it skips, and the words its user reads.

Principles: AUTHZ-1.1, AUTHZ-1.2, GEN-2.1
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.clients.desk import Desk, Ran
from tests.clients.environments import UV
from tests.clients.goods import on_disk, sdist, wheel
from tests.live import Live
from tests.worlds import Made

pytestmark = pytest.mark.client

TWINE = UV.with_name("twine")
ANVIL = (wheel("anvil", "1.0"), sdist("anvil", "1.0"))


def upload(
    desk: Desk,
    repository: Live,
    files: Sequence[Made],
    *words: str,
    fails: bool = False,
    user: str = "__token__",
    token: str = "",
) -> Ran:
    """Run `twine upload` on files."""
    known = {
        "TWINE_REPOSITORY_URL": repository.legacy,
        "TWINE_USERNAME": user,
        "TWINE_PASSWORD": token or repository.token,
    }
    paths: list[str | Path] = [*on_disk(desk.folder / "dist", *files)]
    return desk.run(TWINE, "upload", "--disable-progress-bar", *words, *paths, env=known, fails=fails)


def serial(repository: Live, name: str) -> int:
    """Return the serial of the project's index page."""
    return int(repository.listing(name)["meta"]["_last-serial"])


def test_twine_publishes_a_wheel_and_a_source_distribution(desk: Desk, repository: Live) -> None:
    upload(desk, repository, ANVIL)
    shown = {each["filename"]: each["hashes"]["sha256"] for each in repository.listing("anvil")["files"]}
    assert shown == {file.filename: file.offered().digests.sha256.hex for file in ANVIL}


def test_publishing_the_same_files_again_changes_nothing_and_is_no_error(desk: Desk, repository: Live) -> None:
    repository.publish(*ANVIL)
    before = serial(repository, "anvil")
    upload(desk, repository, ANVIL)
    assert serial(repository, "anvil") == before


def test_twine_shows_why_other_bytes_are_refused_and_by_which_principle(desk: Desk, repository: Live) -> None:
    repository.publish(*ANVIL)
    said = upload(desk, repository, [wheel("anvil", "1.0", body="WEIGHT = 151\n")], fails=True).said
    assert "409 Conflict" in said
    assert "What is published never changes: raise the version number. [GEN-2.1] (file-exists)" in said


def test_twine_skips_nothing_here_and_says_so_and_need_not(desk: Desk, repository: Live) -> None:
    # twine keeps --skip-existing for the public index; pdm and poetry skip anywhere.
    said = upload(desk, repository, ANVIL, "--skip-existing", fails=True).said
    assert "does not have support for the following features: --skip-existing" in said


def test_twine_shows_that_the_name_of_a_removed_file_is_gone_for_ever(desk: Desk, repository: Live) -> None:
    shears = wheel("shears", "1.0")
    repository.publish(shears, wheel("shears", "2.0"))
    repository.admin("remove", shears.filename, "--yes")
    said = upload(desk, repository, [shears], fails=True).said
    assert "410" in said
    assert "[GEN-2.1] (filename-removed)" in said


def test_twine_shows_that_a_password_is_no_token(desk: Desk, repository: Live) -> None:
    said = upload(desk, repository, ANVIL[:1], user="ada", token="correct horse", fails=True).said
    assert "Use a token: the user name is __token__, the password the token." in said
    assert "[AUTHN-3.2]" in said


def test_twine_shows_that_a_token_is_none_of_ours(desk: Desk, repository: Live) -> None:
    said = upload(desk, repository, ANVIL[:1], token="pypi-AgEIcHlwaS5vcmc", fails=True).said
    assert "That is no token of this repository, or it was cut short." in said
    cut = upload(desk, repository, ANVIL[:1], token=repository.token[:-1], fails=True).said
    assert "it was cut short" in cut


def test_twine_shows_that_a_token_is_for_another_project(desk: Desk, repository: Live) -> None:
    token = repository.admin("token", "add", "--user", "ada", "--project", "tongs", "--right", "publish")["token"]
    said = upload(desk, repository, [wheel("nails", "1.0")], token=token, fails=True).said
    assert "403" in said
    assert "[AUTHZ-1.1] (token-out-of-scope)" in said


def test_twine_shows_that_a_token_was_revoked(desk: Desk, repository: Live) -> None:
    made = repository.admin("token", "add", "--user", "ada", "--right", "publish")
    repository.admin("token", "revoke", made["id"])
    said = upload(desk, repository, [wheel("nails", "1.0")], token=made["token"], fails=True).said
    assert "(token-revoked)" in said


def test_what_twine_checks_strictly_the_repository_takes(desk: Desk, repository: Live) -> None:
    good = wheel("ladle", "1.0", more="Description-Content-Type: text/markdown\n\n# Ladle\n\nFor *iron*.\n")
    bad = wheel("ladle", "1.1", more="Description-Content-Type: text/x-rst\n\n.. raw:: html\n\n    <b>\n\nT\n=====\n`")
    good_path, bad_path = on_disk(desk.folder / "dist", good, bad)
    desk.run(TWINE, "check", "--strict", good_path)
    upload(desk, repository, [good])
    desk.run(TWINE, "check", bad_path, fails=True)
    assert "escription" in upload(desk, repository, [bad], fails=True).said


def test_twine_sends_every_field_of_new_metadata_and_none_contradicts_the_file(desk: Desk, repository: Live) -> None:
    more = (
        "License-Expression: MIT\nKeywords: iron,heavy\nAuthor-email: Ada <ada@example.org>\n"
        "Classifier: Topic :: Utilities\nProject-URL: Home, https://example.org/a,b\nRequires-Python: >=3.9,<4\n"
        "Requires-Dist: hammer[big]>=1; extra == 'all'\nProvides-Extra: all\n"
        "Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM\n\n# Grüße\n"
    )
    made = sdist("kiln", "1.0", more=more, metadata_version="2.4")
    upload(desk, repository, [made])
    shown = repository.ask("/pypi/kiln/json").json["info"]
    assert shown["license_expression"] == "MIT"
    assert shown["project_urls"] == {"Home": "https://example.org/a,b"}
    assert shown["requires_dist"] == ["hammer[big]>=1; extra == 'all'"]


def test_twine_shows_why_a_large_file_is_refused_before_it_was_sent_whole(desk: Desk, repository: Live) -> None:
    large = wheel("boulder", "1.0", body=f"# {os.urandom(12 * 1024 * 1024).hex()}\n")
    assert len(large.content) > 12 * 1024 * 1024
    said = upload(desk, repository, [large], token="srm_uNobodyEverMadeThisToken", fails=True).said
    assert "That is no token of this repository" in said


def test_an_address_without_its_last_slash_is_told_apart_from_a_success(desk: Desk, repository: Live) -> None:
    env = {"TWINE_REPOSITORY_URL": repository.legacy.rstrip("/"), "TWINE_USERNAME": "__token__"}
    (path,) = on_disk(desk.folder / "dist", wheel("nails", "1.0"))
    said = desk.run(TWINE, "upload", path, env=env | {"TWINE_PASSWORD": repository.token}, fails=True).said
    assert "trailing slash" in said or "/legacy/" in said
