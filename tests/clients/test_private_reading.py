"""Private projects and private repositories, read by real installers: by address, netrc, and behind nginx.

Principles: AUTHZ-1.1, AUTHZ-2.1
"""

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.clients.desk import Desk
from tests.clients.environments import UV, environment_of
from tests.clients.test_poetry import PYPROJECT, QUIET
from tests.deploy.proxy import nginx
from tests.live import Answer, Live, ask, live
from tests.worlds import Made, wheel

from strongroom.authz.tokens import mint
from strongroom.packages.concealment import settle_project
from strongroom.packages.ports import BlobKey
from strongroom.repository import open_repository
from strongroom.settings import load

pytestmark = [pytest.mark.client, pytest.mark.principle("AUTHZ-2.1")]

SECRET, OPEN = wheel("vault-door", "1.0"), wheel("lobby", "1.0")


def address(made: Made) -> str:
    return "/packages/" + BlobKey(made.offered().digests.sha256, made.filename).path


def basic(token: str) -> str:
    return "Basic " + base64.b64encode(f"__token__:{token}".encode()).decode()


def reading_token(server: Live, name: str = "ada", *more: str) -> str:
    return str(server.admin("token", "add", "--user", name, "--right", "read", *more)["token"])


def hide(server: Live, project: str) -> None:
    """Make a project private, as its page does."""
    repository = open_repository(load(None, data=server.data))
    try:
        name = repository.format.parse_name(project)
        with repository.vault.writing() as books:
            books.shelf.set_private(name, True)
        repository.index.forget(name)
        settle_project(repository.vault, repository.blobs, name)
    finally:
        repository.close()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A public repository with one private project."""
    with live(tmp_path_factory.mktemp("mixed")) as made:
        made.publish(SECRET, OPEN)
        assert made.listing("vault-door")["files"], "made once while it was public, so that a page of it was kept"
        hide(made, "vault-door")
        made.admin("user", "add", "bob", "--email", "bob@example.org")
        yield made


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A repository in which nobody reads anything without an account."""
    with live(tmp_path_factory.mktemp("private"), PRIVATE="true") as made:
        made.publish(OPEN)
        yield made


def with_token(url: str, token: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://__token__:{token}@{parts.netloc}{parts.path}"


@pytest.mark.parametrize("client", ["pip", "uv"])
def test_installers_read_a_private_project_with_a_token_in_the_address(desk: Desk, mixed: Live, client: str) -> None:
    index = with_token(mixed.simple, reading_token(mixed))
    said = install(desk, client, index, "vault-door", "lobby")
    assert "vault-door" in said.lower() or "vault_door" in said.lower()


@pytest.mark.parametrize("client", ["pip", "uv"])
def test_installers_read_a_private_repository_with_netrc(desk: Desk, private: Live, client: str) -> None:
    netrc = desk.home / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login __token__ password {reading_token(private)}\n")
    netrc.chmod(0o600)
    install(desk, client, private.simple, "lobby")


@pytest.mark.parametrize("client", ["pip", "uv"])
def test_installers_look_into_a_keyring_when_the_address_names_the_user(desk: Desk, mixed: Live, client: str) -> None:
    # The program that both call, in place of one that would ask the desktop; pip wants JSON of it, uv the password.
    token = reading_token(mixed)
    said = f'{{"username": "__token__", "password": "{token}"}}'
    keyring = desk.file("bin/keyring", f"#!/bin/sh\ncase $* in *creds*) echo '{said}' ;; *) echo {token} ;; esac\n")
    keyring.chmod(0o755)
    path = {"PATH": f"{keyring.parent}:{os.environ['PATH']}"}
    install(desk, client, with_user(mixed.simple), "vault-door", more=("--keyring-provider", "subprocess"), env=path)


def test_poetry_locks_a_private_project_with_a_token_of_its_own(desk: Desk, mixed: Live) -> None:
    desk.file("pyproject.toml", PYPROJECT.format(name="bank"))
    env = {
        **QUIET,
        "POETRY_HTTP_BASIC_ROOM_USERNAME": "__token__",
        "POETRY_HTTP_BASIC_ROOM_PASSWORD": reading_token(mixed),
    }
    desk.client("poetry", "source", "add", "--priority", "primary", "room", mixed.simple, env=env)
    desk.client("poetry", "add", "--lock", "vault-door", env=env)
    assert SECRET.offered().digests.sha256.hex in (desk.folder / "poetry.lock").read_text()


def with_user(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://__token__@{parts.netloc}{parts.path}"


def install(
    desk: Desk,
    client: str,
    index: str,
    *projects: str,
    more: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> str:
    target = desk.folder / "target"
    program: list[str | Path] = [UV, "pip"] if client == "uv" else [environment_of("pip") / "pip"]
    quiet = "--no-cache" if client == "uv" else "--no-cache-dir"
    words: list[str | Path] = ["install", "--target", target, quiet, *more, "--index-url", index, *projects]
    ran = desk.run(*program, *words, env=env)
    installed = {path.name.split("-")[0] for path in Path(target).glob("*.dist-info")}
    assert {project.replace("-", "_") for project in projects} <= installed
    return ran.said


def asked(server: Live, token: str = "") -> dict[str, Answer]:
    """Every way to hear of the private project."""
    paths = (
        "/simple/vault-door/", "/pypi/vault-door/json", "/pypi/vault-door/1.0/json", "/project/vault-door/",
        address(SECRET), f"{address(SECRET)}.metadata",
    )  # fmt: skip
    return {path: server.ask(path, authorization=basic(token)) if token else server.ask(path) for path in paths}


def test_who_has_no_role_hears_that_there_is_no_such_project(mixed: Live) -> None:
    strangers = ["", reading_token(mixed, "bob"), mixed.token]  # ada's own token publishes, and does not read
    for token in strangers:
        assert {path: answer.status for path, answer in asked(mixed, token).items()} == dict.fromkeys(asked(mixed), 404)
    there = mixed.ask("/simple/vault-door/")
    nowhere = mixed.ask("/simple/no-such-thing/")
    assert (there.status, there.body) == (nowhere.status, nowhere.body), "not even its name"


def test_nothing_public_names_it(mixed: Live) -> None:
    for path in ("/simple/", "/", "/?q=vault", "/changes.json", "/rss/updates.xml", "/rss/packages.xml", "/user/ada/"):
        answer = mixed.ask(path)
        assert answer.status == 200
        assert b"vault-door" not in answer.body, path
    assert b"lobby" in mixed.ask("/simple/").body


def test_whoever_has_a_role_and_a_reading_token_reads_it_and_nothing_is_kept(mixed: Live) -> None:
    answers = asked(mixed, reading_token(mixed))
    assert {answer.status for answer in answers.values()} == {200}
    assert {answer.headers["cache-control"] for answer in answers.values()} == {"private, no-store"}
    assert answers[address(SECRET)].body == SECRET.content
    assert not list((mixed.data / "pages").rglob("*vault-door*/*"))
    assert not (mixed.data / "files" / address(SECRET).removeprefix("/packages/")).exists()


def test_a_token_that_is_no_good_is_asked_for_again_so_that_keyrings_are_looked_into(mixed: Live) -> None:
    for bad in ("", "srm_u" + "0" * 49):
        answer = mixed.ask("/simple/vault-door/", authorization=basic(bad))
        assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Basic realm="strongroom"')


def test_no_credential_tells_what_is_private_from_what_is_not_there(mixed: Live) -> None:
    made_up = mint(bytes(range(32))).reveal()
    elsewhere = str(
        mixed.admin("token", "add", "--user", "ada", "--right", "read", "--network", "192.0.2.0/24")["token"]
    )  # fmt: skip
    nowhere = f"/packages/00/00/{'0' * 60}/"
    for said in ({}, {"authorization": basic(made_up)}, {"authorization": f"Bearer {made_up}"},
                 {"cookie": f"__Host-session={made_up}"}, {"authorization": basic(elsewhere)}):  # fmt: skip
        for there, absent in (
            ("/simple/vault-door/", "/simple/vault-floor/"),
            ("/pypi/vault-door/json", "/pypi/vault-floor/json"),
            (f"{nowhere}{SECRET.filename}", f"{nowhere}vault_floor-1.0-py3-none-any.whl"),
        ):
            one, other = (mixed.ask(path, "GET", None, **said) for path in (there, absent))
            assert (one.status, one.body) == (other.status, other.body), (there, said)


@pytest.mark.principle("AUTHN-1.5")
def test_guesses_at_tokens_that_read_are_counted_as_those_that_publish(tmp_path: Path) -> None:
    guess = basic(mint(bytes(range(32))).reveal())
    with live(tmp_path / "guessed") as server:
        seen = [server.ask(f"/simple/nothing-{number}/", authorization=guess).status for number in range(120)]
    assert set(seen) == {401, 429}
    assert seen[-1] == 429


def test_a_narrow_reading_token_reads_its_own_project_alone(mixed: Live) -> None:
    narrow = reading_token(mixed, "ada", "--project", "lobby")
    assert mixed.ask("/simple/vault-door/", authorization=basic(narrow)).status == 404
    assert mixed.ask("/simple/lobby/", authorization=basic(narrow)).status == 200


def test_a_private_repository_shows_strangers_nothing_but_the_way_in(private: Live) -> None:
    for path in ("/simple/", "/simple/lobby/", "/pypi/lobby/json", "/changes.json", "/rss/updates.xml", address(OPEN)):
        assert private.ask(path).status == 401, path
        assert private.ask(path, authorization=basic(reading_token(private))).status == 200, path
    page = private.ask("/project/lobby/", accept="text/html")
    assert (page.status, page.headers["location"]) == (303, "/sign-in/?next=project/lobby/")
    assert private.ask("/policies/critical/").status == 401, "it lists projects"
    for path in (
        "/sign-in/",
        "/policies/recovery/",
        "/problems/",
        "/healthz",
        "/.well-known/security.txt",
        "/robots.txt",
    ):
        assert private.ask(path).status in (200, 404), path


def test_nginx_in_front_keeps_both_promises(
    mixed: Live, private: Live, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with nginx(mixed, tmp_path_factory.mktemp("front")) as port:
        assert ask(port, "/simple/vault-door/").status == ask(port, address(SECRET)).status == 404
        good = basic(reading_token(mixed))
        assert ask(port, "/simple/vault-door/", authorization=good).status == 200
        assert ask(port, address(SECRET), authorization=good).body == SECRET.content
        assert ask(port, address(OPEN)).body == OPEN.content
    with nginx(private, tmp_path_factory.mktemp("gate"), PRIVATE="true") as port:
        good = basic(reading_token(private))
        for path in ("/simple/", "/simple/lobby/", address(OPEN)):
            assert ask(port, path).status == 401, path
            assert ask(port, path, authorization=basic("srm_u" + "0" * 49)).status == 401, path
            assert ask(port, path, authorization=good).status == 200, path
        assert ask(port, "/_/may-read", authorization=good).status == 404, "for nginx alone"
