"""Clients of a repository behind nginx, configured as `strongroom config nginx` says: the same manners, other server.

Principles: CLI-1.1, GEN-2.1
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from tests.clients.desk import Desk
from tests.clients.environments import UV
from tests.clients.goods import on_disk, pinned, sdist, wheel
from tests.live import Live, ask
from tests.postgres import free_port

from strongroom.commands.main import cli

pytestmark = pytest.mark.client

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
ANVIL = wheel("anvil", "1.0", more="Requires-Dist: hammer>=1\n")
HAMMERS = (wheel("hammer", "1.5"), sdist("hammer", "1.5"))
JSON = "application/vnd.pypi.simple.v1+json"
START_SECONDS = 20


@pytest.fixture(scope="module")
def port(repository: Live, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run nginx before the repository, and return the port where it listens."""
    if NGINX is None:
        pytest.fail("these tests need nginx: sudo apt-get install nginx")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    words = ["config", "nginx", "--data", str(repository.data), "--listen", f"127.0.0.1:{port}"]
    shipped = CliRunner(env={"STRONGROOM_PORT": str(repository.port)}).invoke(cli, words)
    user = "user root;\n" if os.geteuid() == 0 else ""  # its workers could not read the folder otherwise
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 64; }}\nhttp {{\naccess_log off;\nclient_body_temp_path {folder};\n"
        f"{shipped.stdout}\n}}\n"
    )
    process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(port: int) -> None:
    """Wait until somebody answers at a port."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            assert ask(port, "/healthz").status == 200
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.fixture(scope="module", autouse=True)
def stock(repository: Live) -> None:
    """Publish what the tests install."""
    repository.publish(ANVIL, *HAMMERS)


def files_of(port: int, name: str) -> list[dict[str, str]]:
    """Return the files of a project as nginx tells them, asked twice: made by the application, then from disk."""
    first, second = (ask(port, f"/simple/{name}/", accept=JSON) for _ in range(2))
    assert (first.body, first.headers["content-type"]) == (second.body, second.headers["content-type"])
    found: list[dict[str, str]] = second.json["files"]
    return found


def test_pip_and_uv_install_what_is_pinned(desk: Desk, port: int) -> None:
    simple, pins = f"http://127.0.0.1:{port}/simple/", desk.file("pins.txt", pinned(ANVIL, HAMMERS[0]))
    desk.client("pip", "install", "--index-url", simple, "--target", "pip", "--require-hashes", "-r", pins)
    desk.uv("pip", "install", "--default-index", simple, "--target", "uv", "--require-hashes", "-r", pins)
    for client in ("pip", "uv"):
        assert {path.stem for path in (desk.folder / client).glob("*.dist-info")} == {"anvil-1.0", "hammer-1.5"}


def test_twine_publishes_through_it_and_reads_why_a_file_is_refused(desk: Desk, repository: Live, port: int) -> None:
    env = {"TWINE_REPOSITORY_URL": f"http://127.0.0.1:{port}/legacy/", "TWINE_USERNAME": "__token__"}
    env["TWINE_PASSWORD"] = repository.token
    assert len(files_of(port, "hammer")) == 2
    newer, other = on_disk(desk.folder / "dist", wheel("hammer", "2.0"), wheel("anvil", "1.0", body="WEIGHT = 9\n"))
    desk.run(UV.with_name("twine"), "upload", newer, env=env)
    assert newer.name in {file["filename"] for file in files_of(port, "hammer")}
    said = desk.run(UV.with_name("twine"), "upload", other, env=env, fails=True).said
    assert "What is published never changes: raise the version number. [GEN-2.1] (file-exists)" in said


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (JSON, JSON),
        (f"{JSON}, */*;q=0.1", JSON),
        ("text/html", "text/html; charset=utf-8"),
        ("application/vnd.pypi.simple.latest+json", JSON),
    ],
)
@pytest.mark.parametrize("path", ["/simple/", "/simple/anvil/"])
def test_a_page_comes_as_the_application_would_send_it(
    repository: Live, port: int, path: str, accept: str, kind: str
) -> None:
    for _ in range(2):  # the first may be made by the application
        through, alone = ask(port, path, accept=accept), repository.ask(path, accept=accept)
        assert through.body == alone.body
        assert through.headers["content-type"] == kind
        for name in ("vary", "cache-control", "x-content-type-options", "content-security-policy"):
            assert through.headers[name] == alone.headers[name]
    again = ask(port, path, accept=accept, if_none_match=through.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_files_and_their_metadata_come_from_disk_as_they_were_published(port: int) -> None:
    for file in files_of(port, "anvil"):
        path = file["url"].removeprefix("../..")
        assert ask(port, path).body == ANVIL.content
        assert ask(port, path, range="bytes=0-9").body == ANVIL.content[:10]
        metadata = ask(port, f"{path}.metadata")
        assert b"Requires-Dist: hammer>=1" in metadata.body
        assert "immutable" in metadata.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/simple/nobody/",
        "/packages/00/00/x/y.whl",
        "/packages/../strongroom.db",
        "/packages../strongroom.db",
        "/packages/",
    ],
)
def test_what_is_not_there_is_a_404_of_the_application(port: int, path: str) -> None:
    answer = ask(port, path, accept=JSON)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_name_in_another_spelling_leads_to_the_canonical_one(port: int) -> None:
    for path in ("/simple/Hammer/", "/simple/hammer", "/simple/HAMMER?x=1"):
        answer = ask(port, path)
        assert (answer.status, answer.headers["location"]) == (301, "/simple/hammer/")
