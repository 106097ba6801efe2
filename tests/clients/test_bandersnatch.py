"""bandersnatch mirrors a live repository, whole and then by what changed; pip installs from the mirror.

Twice: the newest, which wants Python 3.12 (or 6 once more where there is none) reads the index; 6 asks by XML-RPC.

Principles: CLI-1.1, GEN-3.2
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.desk import Desk
from tests.clients.environments import environment_of
from tests.clients.goods import Made, pinned, sdist, wheel
from tests.clients.wire import Wire
from tests.live import Live

pytestmark = pytest.mark.client

CONFIG = """\
[mirror]
directory = {folder}
master = {master}
allow-non-https = true
json = true
release-files = true
core-metadata = true
workers = 2
verifiers = 1
timeout = 30
global-timeout = 120
stop-on-error = true
hash-index = false
simple-format = ALL
compare-method = hash
api-method = {method}
"""
JSON = "application/vnd.pypi.simple.v1+json"
CLIENTS = ("bandersnatch", "bandersnatch-6")
ANVIL = wheel("anvil", "1.0", more="Requires-Dist: hammer>=1\nRequires-Python: >=3.9\n")
HAMMERS = (wheel("hammer", "1.5"), sdist("hammer", "1.5"), wheel("hammer", "2.0"))


def mirror(desk: Desk, wire: Wire, client: str = "bandersnatch") -> Path:
    """Run `bandersnatch mirror`, and return the folder that it fills."""
    method = "xmlrpc" if client == "bandersnatch-6" else "simple"
    folder = desk.folder / "mirror"
    # The JSON API gives whole addresses: the files, too, are to come through the relay.
    wire.says["accept-encoding"] = "identity"
    wire.tamper = lambda path, body: body.replace(wire.origin, wire.url.encode()) if path.endswith("/json") else body
    config = desk.file("bandersnatch.conf", CONFIG.format(folder=folder, master=wire.url.rstrip("/"), method=method))
    # It takes a proxy from the environment and knows no exception to it.
    nobody = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "")
    said = desk.run(environment_of(client) / "bandersnatch", "-c", config, "mirror", env=nobody).said
    assert "ERROR" not in said, said
    return folder / "web"


def mirrored(web: Path) -> dict[str, str]:
    """Return the digest of every file in a mirror by its name, metadata files too."""
    found = (path for path in (web / "packages").rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def keeps_metadata(client: str) -> bool:
    """Report whether this bandersnatch mirrors metadata files (PEP 658): since 7 it does."""
    (installed,) = environment_of(client).parent.glob("lib/*/site-packages/bandersnatch-*.dist-info")
    return int(installed.name.split("-")[1].split(".")[0]) >= 7


def published(repository: Live, client: str) -> dict[str, str]:
    """Return what a whole mirror holds, as the repository's own pages say it."""
    root = repository.ask("/simple/", accept=JSON).json
    files = [file for project in root["projects"] for file in repository.listing(project["name"])["files"]]
    metadata = {f"{f['filename']}.metadata": f["core-metadata"]["sha256"] for f in files if f["core-metadata"]}
    return {file["filename"]: file["hashes"]["sha256"] for file in files} | (metadata if keeps_metadata(client) else {})


@pytest.fixture
def stock(repository: Live) -> Iterator[tuple[Made, ...]]:
    """Publish what the tests mirror."""
    repository.publish(ANVIL, *HAMMERS)
    repository.admin("yank", "hammer==2.0", "--reason", "the head comes off")
    yield (ANVIL, *HAMMERS)


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("client", CLIENTS)
def test_a_mirror_holds_every_file_and_its_metadata_with_the_right_digest(
    desk: Desk, repository: Live, wire: Wire, client: str
) -> None:
    web = mirror(desk, wire, client)
    assert mirrored(web) == published(repository, client)
    page = json.loads((web / "simple/hammer/index.v1_json").read_text())
    assert {file["filename"]: file["yanked"] for file in page["files"]} == {
        file.filename: file.claims["version"] == ["2.0"] for file in HAMMERS
    }


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("client", CLIENTS)
def test_a_second_run_fetches_only_what_changed(desk: Desk, repository: Live, wire: Wire, client: str) -> None:
    web = mirror(desk, wire, client)
    wire.reset()
    mirror(desk, wire, client)
    assert set(wire.paths()) <= {"/simple", "/simple/", "/pypi"}, "nothing changed"

    newer = wheel("hammer", f"3.{len(repository.listing('hammer')['files'])}")
    repository.publish(newer)
    wire.reset()
    mirror(desk, wire, client)
    assert wire.paths("/json") == ["/pypi/hammer/json"]
    fetched = {path.rpartition("/")[2] for path in wire.paths("/packages/")}
    assert fetched == {newer.filename, *([f"{newer.filename}.metadata"] if keeps_metadata(client) else [])}
    assert mirrored(web) == published(repository, client)


@pytest.mark.usefixtures("stock")
def test_pip_installs_from_the_mirror_what_was_pinned_at_the_repository(desk: Desk, wire: Wire) -> None:
    web = mirror(desk, wire)
    # A mirror is a folder of files: pip finds them in it, and its own pins hold.
    links = [word for folder in {path.parent for path in (web / "packages").rglob("*.whl")} for word in ("-f", folder)]
    pins = desk.file("pins.txt", pinned(ANVIL, *HAMMERS[:2]))
    words = ["--no-index", *links, "--require-hashes", "--target", "into", "-r", pins]
    desk.client("pip", "install", *words)
    assert (desk.folder / "into/hammer.py").exists()


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("client", CLIENTS)
def test_a_mirror_follows_a_removal_and_a_quarantine_without_failing(
    desk: Desk, repository: Live, wire: Wire, client: str
) -> None:
    name = f"suspect-{client}"
    repository.publish(wheel(name, "1.0"), wheel(name, "1.1"))
    web = mirror(desk, wire, client)
    repository.admin("remove", f"{name}==1.1", "--yes")
    mirror(desk, wire, client)
    page = json.loads((web / f"simple/{name}/index.v1_json").read_text())
    assert [file["filename"] for file in page["files"]] == [wheel(name, "1.0").filename]
    repository.admin("status", name, "quarantined", "--reason", "malware was reported")
    mirror(desk, wire, client)
    assert name not in {project["name"] for project in repository.ask("/simple/", accept=JSON).json["projects"]}
