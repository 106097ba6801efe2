"""uv against a live repository: installs, locks, cutoff dates, publishing, what is not there.

Principles: CLI-1.1, GEN-2.1
"""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.clients.desk import Desk, Ran
from tests.clients.goods import on_disk, pinned, sdist, wheel
from tests.clients.wire import Wire
from tests.live import Live, live

pytestmark = pytest.mark.client

ANVIL = wheel("anvil", "1.0", more="Requires-Dist: hammer>=1\n")
HEAVIER = wheel("anvil", "2.0", more="Requires-Dist: hammer>=1\n")
HAMMER = wheel("hammer", "1.5")
HAMMER_SOURCE = sdist("hammer", "1.5")
CLAMPS = (wheel("clamp", "2.0", more="Requires-Python: >=4\n"), wheel("clamp", "1.0", more="Requires-Python: >=3.9\n"))
TORN = (wheel("bellows", "1.0"), wheel("bellows", "1.1"))
PROJECT = """\
[project]
name = "smithy"
version = "1"
requires-python = ">=3.11"
dependencies = ["anvil"]

[[tool.uv.index]]
name = "room"
url = "{simple}"
default = true
"""


@pytest.fixture(scope="module", autouse=True)
def stock(repository: Live) -> None:
    """Publish what the tests install."""
    repository.publish(ANVIL, HEAVIER, HAMMER, HAMMER_SOURCE, *CLAMPS, *TORN)
    repository.admin("yank", "bellows==1.1", "--reason", "it leaks")


def install(desk: Desk, index: Live | Wire, *words: str | Path, fails: bool = False) -> Ran:
    """Run `uv pip install` into the folder `into`."""
    return desk.uv(
        "pip", "install", "--default-index", index.simple, "--target", desk.folder / "into", *words, fails=fails
    )


def installed(desk: Desk) -> set[str]:
    """Return name and version of everything that was installed."""
    return {path.name.removesuffix(".dist-info") for path in (desk.folder / "into").glob("*.dist-info")}


@pytest.mark.parametrize("accept", ["application/vnd.pypi.simple.v1+json", "text/html"])
def test_uv_installs_a_project_and_what_it_needs_from_either_kind_of_index(desk: Desk, wire: Wire, accept: str) -> None:
    wire.says["accept"] = accept
    install(desk, wire, "anvil")
    assert installed(desk) == {"anvil-2.0", "hammer-1.5"}
    assert {asked.kind for asked in wire.asked if asked.path.startswith("/simple/")} == {accept}


def test_uv_resolves_by_metadata_alone(desk: Desk, wire: Wire) -> None:
    asked = desk.file("wanted.in", "anvil\n")
    desk.uv("pip", "compile", "--default-index", wire.simple, asked)
    assert [path for path in wire.paths() if path.endswith((".whl", ".gz"))] == []
    assert len(wire.paths(".metadata")) == 2


def test_uv_compiles_a_lock_with_hashes_that_pip_and_uv_install(desk: Desk, repository: Live) -> None:
    asked, lock = desk.file("wanted.in", "anvil<2\n"), desk.folder / "wanted.txt"
    desk.uv("pip", "compile", "-q", "--generate-hashes", "--default-index", repository.simple, asked, "-o", lock)
    for file in (ANVIL, HAMMER, HAMMER_SOURCE):
        assert f"--hash=sha256:{file.offered().digests.sha256.hex}" in lock.read_text()
    install(desk, repository, "--require-hashes", "-r", lock)
    assert installed(desk) == {"anvil-1.0", "hammer-1.5"}


def test_uv_refuses_a_file_that_is_not_the_one_pinned(desk: Desk, repository: Live) -> None:
    pins = desk.file("pins.txt", pinned(wheel("hammer", "1.5", body="WEIGHT = 151\n")))
    said = install(desk, repository, "--require-hashes", "-r", pins, fails=True).said
    assert "Hash mismatch" in said
    assert not installed(desk)


def test_uv_builds_a_source_distribution(desk: Desk, repository: Live) -> None:
    install(desk, repository, "--no-binary", "hammer", "hammer")
    assert "150" in (desk.folder / "into/hammer.py").read_text()


def test_uv_locks_a_project_and_syncs_it(desk: Desk, repository: Live) -> None:
    desk.file("pyproject.toml", PROJECT.format(simple=repository.simple))
    desk.uv("lock")
    lock = {each["name"]: each for each in tomllib.loads((desk.folder / "uv.lock").read_text())["package"]}
    kept = lock["hammer"]["wheels"][0]
    assert kept["hash"] == f"sha256:{HAMMER.offered().digests.sha256.hex}"
    assert kept["size"] == len(HAMMER.content)
    assert kept["upload-time"].startswith(f"{datetime.now(UTC):%Y-}")
    desk.uv("sync", "--locked", "--no-install-project")
    assert list((desk.folder / ".venv").glob("lib/*/site-packages/anvil-2.0.dist-info"))


def test_uv_takes_nothing_newer_than_a_date(desk: Desk, repository: Live) -> None:
    repository.publish(wheel("vise", "1.0"))
    moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    repository.publish(wheel("vise", "2.0"))
    install(desk, repository, "--exclude-newer", moment, "vise")
    assert installed(desk) == {"vise-1.0"}
    said = install(desk, repository, "--exclude-newer", "2020-01-01T00:00:00Z", "anvil", fails=True).said
    assert "anvil" in said


def test_uv_passes_over_a_yanked_release_and_tells_why_when_it_is_pinned(desk: Desk, repository: Live) -> None:
    install(desk, repository, "bellows")
    assert installed(desk) == {"bellows-1.0"}
    said = install(desk, repository, "bellows==1.1").said
    assert "is yanked" in said
    assert "it leaks" in said


def test_uv_passes_over_what_this_python_is_too_old_for(desk: Desk, repository: Live) -> None:
    install(desk, repository, "clamp")
    assert installed(desk) == {"clamp-1.0"}


def test_uv_reads_a_404_as_a_project_that_is_not_there(desk: Desk, repository: Live) -> None:
    said = install(desk, repository, "no-such-thing", fails=True).said
    assert "no-such-thing was not found in the package registry" in said


def test_uv_looks_in_the_next_index_for_what_is_not_here_and_only_for_that(
    desk: Desk, repository: Live, tmp_path: Path
) -> None:
    with live(tmp_path / "other") as other:
        other.publish(wheel("tongs", "1.0"), wheel("hammer", "99.0", body="EVIL = True\n"))
        words = ["--index", repository.simple, "--default-index", other.simple]
        desk.uv("pip", "install", "--target", desk.folder / "into", *words, "tongs", "hammer")
    assert installed(desk) == {"tongs-1.0", "hammer-1.5"}


def test_uv_finds_no_file_of_a_project_in_quarantine(desk: Desk, repository: Live) -> None:
    repository.publish(wheel("suspect", "1.0"))
    repository.admin("status", "suspect", "quarantined", "--reason", "malware was reported")
    assert "suspect" in install(desk, repository, "suspect", fails=True).said
    assert not installed(desk)


def publish(desk: Desk, repository: Live, *words: str | Path, fails: bool = False, token: str = "") -> Ran:
    """Run `uv publish`."""
    known = {"UV_PUBLISH_TOKEN": token or repository.token, "UV_PUBLISH_URL": repository.legacy}
    return desk.uv("publish", "--trusted-publishing", "never", *words, env=known, fails=fails)


def test_uv_publishes_and_a_second_time_skips_what_the_index_shows(desk: Desk, repository: Live) -> None:
    files = on_disk(desk.folder / "dist", wheel("plane", "1.0"), sdist("plane", "1.0"))
    publish(desk, repository, "--check-url", repository.simple, *files)
    assert {each["filename"] for each in repository.listing("plane")["files"]} == {path.name for path in files}
    said = publish(desk, repository, "--check-url", repository.simple, *files).said
    assert said.count("already exists, skipping") == 2


def test_uv_may_publish_the_very_same_file_twice_without_looking(desk: Desk, repository: Live) -> None:
    (file,) = on_disk(desk.folder / "dist", wheel("chisel", "1.0"))
    publish(desk, repository, file)
    serial = repository.listing("chisel")["meta"]["_last-serial"]
    publish(desk, repository, file)
    assert repository.listing("chisel")["meta"]["_last-serial"] == serial


def test_uv_shows_why_other_bytes_under_a_used_name_are_refused(desk: Desk, repository: Live) -> None:
    (file,) = on_disk(desk.folder / "dist", wheel("hammer", "1.5", body="WEIGHT = 9\n"))
    said = publish(desk, repository, file, fails=True).said
    assert said.endswith(
        "status code 409 Conflict. Server message: File exists [GEN-2.1], "
        "File already exists, with other bytes. What is published never changes: raise the version number."
    )
    said = publish(desk, repository, "--check-url", repository.simple, file, fails=True).said
    assert "do not match" in said


def test_uv_shows_why_a_token_is_refused(desk: Desk, repository: Live) -> None:
    (file,) = on_disk(desk.folder / "dist", wheel("file", "1.0"))
    said = publish(desk, repository, file, token="srm_uNobodyEverMadeThisToken", fails=True).said
    assert "That is no token of this repository" in said
    assert "403" in said
