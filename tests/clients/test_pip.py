"""pip against a live repository: installs, pins, hashes, yanks, metadata fetched alone.

pip is the newest, out of `requirements/clients/pip.txt`; one test runs the pip that this Python brought along.

Principles: CLI-1.1, GEN-2.1
"""

import json
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.clients.desk import Desk, Ran
from tests.clients.goods import pinned, sdist, wheel
from tests.clients.wire import Wire
from tests.live import Live, live

pytestmark = pytest.mark.client

ANVIL = wheel("anvil", "1.0", more="Requires-Dist: hammer>=1\n")
HEAVIER = wheel("anvil", "2.0", more="Requires-Dist: hammer>=1\n")
HAMMER = wheel("hammer", "1.5")
ROPE = sdist("rope", "3.1")
NEW_ROPE = wheel("clamp", "2.0", more="Requires-Python: >=4\n")
OLD_ROPE = wheel("clamp", "1.0", more="Requires-Python: >=3.9\n")
TORN = (wheel("bellows", "1.0"), wheel("bellows", "1.1"), wheel("bellows", "1.2rc1"))
JSON, HTML = "application/vnd.pypi.simple.v1+json", "text/html"


@pytest.fixture(scope="module", autouse=True)
def stock(repository: Live) -> None:
    """Publish what the tests install."""
    repository.publish(ANVIL, HEAVIER, HAMMER, ROPE, NEW_ROPE, OLD_ROPE, *TORN)
    repository.admin("yank", "bellows==1.1", "--reason", "it leaks at <100> & more")


def install(desk: Desk, index: Live | Wire, *words: str | Path, fails: bool = False) -> Ran:
    """Run `pip install` into the folder `into`."""
    return desk.client(
        "pip", "install", "--index-url", index.simple, "--target", desk.folder / "into", *words, fails=fails
    )


def installed(desk: Desk) -> set[str]:
    """Return name and version of everything that was installed."""
    return {path.name.removesuffix(".dist-info") for path in (desk.folder / "into").glob("*.dist-info")}


@pytest.mark.parametrize("accept", [JSON, HTML])
def test_pip_installs_a_project_and_what_it_needs_from_either_kind_of_index(
    desk: Desk, wire: Wire, accept: str
) -> None:
    wire.says["accept"] = accept
    install(desk, wire, "anvil")
    assert installed(desk) == {"anvil-2.0", "hammer-1.5"}


def test_pip_asks_for_json_and_gets_it(desk: Desk, wire: Wire) -> None:
    install(desk, wire, "--no-deps", "hammer")
    assert (wire.asked[0].path, wire.asked[0].kind) == ("/simple/hammer/", JSON)


def test_pip_resolves_by_metadata_and_fetches_only_what_it_installs(desk: Desk, wire: Wire) -> None:
    install(desk, wire, "anvil<2")
    files = [path.rpartition("/")[2] for path in wire.paths(".whl")]
    metadata = [name for name in files if name.endswith(".metadata")]
    assert sorted(metadata) == ["anvil-1.0-py3-none-any.whl.metadata", "hammer-1.5-py3-none-any.whl.metadata"]
    assert sorted(set(files) - set(metadata)) == ["anvil-1.0-py3-none-any.whl", "hammer-1.5-py3-none-any.whl"]


def test_pip_resolves_without_fetching_any_wheel(desk: Desk, wire: Wire) -> None:
    report = json.loads(install(desk, wire, "--dry-run", "--quiet", "--report", "-", "anvil").stdout)
    assert sorted(each["metadata"]["name"] for each in report["install"]) == ["anvil", "hammer"]
    assert all(path.endswith(".metadata") for path in wire.paths(".whl"))


def test_pip_refuses_metadata_that_was_changed_on_the_way(desk: Desk, wire: Wire) -> None:
    wire.tamper = lambda path, body: body.replace(b"hammer>=1", b"hammer>=9") if path.endswith(".metadata") else body
    assert "hash" in install(desk, wire, "anvil", fails=True).said.lower()


def test_pip_builds_a_source_distribution(desk: Desk, repository: Live) -> None:
    install(desk, repository, "rope")
    assert installed(desk) == {"rope-3.1"}
    assert "150" in (desk.folder / "into/rope.py").read_text()


@pytest.mark.parametrize(("version", "more"), [("2.1", ""), ("2.2", "Dynamic: Requires-Dist\n")])
def test_pip_learns_what_a_source_distribution_needs_by_building_it(
    desk: Desk, repository: Live, version: str, more: str
) -> None:
    # What PKG-INFO says is not always what the wheel will say; taken for it, the dependency would be missing.
    name = f"chain{version.replace('.', '')}"
    repository.publish(sdist(name, "1.0", metadata_version=version, more=more, later="Requires-Dist: hammer"))
    install(desk, repository, name)
    assert installed(desk) == {f"{name}-1.0", "hammer-1.5"}


def test_pip_installs_what_is_pinned_by_hash(desk: Desk, repository: Live) -> None:
    pins = desk.file("pins.txt", pinned(ANVIL, HAMMER, ROPE))
    install(desk, repository, "--require-hashes", "-r", pins)
    assert installed(desk) == {"anvil-1.0", "hammer-1.5", "rope-3.1"}


def test_the_pip_that_this_python_brought_installs_what_is_pinned_by_hash(desk: Desk, repository: Live) -> None:
    pins = desk.file("pins.txt", pinned(ANVIL, HAMMER))
    to = ["--index-url", repository.simple, "--target", str(desk.folder / "into")]
    desk.run(sys.executable, "-m", "pip", "install", *to, "--require-hashes", "-r", pins)
    assert installed(desk) == {"anvil-1.0", "hammer-1.5"}


def test_pip_refuses_a_file_that_is_not_the_one_pinned(desk: Desk, repository: Live) -> None:
    other = wheel("hammer", "1.5", body="WEIGHT = 151\n")
    pins = desk.file("pins.txt", pinned(other))
    said = install(desk, repository, "--require-hashes", "-r", pins, fails=True).said
    assert "DO NOT MATCH THE HASHES" in said
    assert not installed(desk)


def test_pip_refuses_a_file_that_was_changed_on_the_way_though_nothing_was_pinned(desk: Desk, wire: Wire) -> None:
    wire.tamper = lambda path, body: body[:-1] + b"?" if path.endswith(".whl") else body
    assert "DO NOT MATCH THE HASHES" in install(desk, wire, "hammer", fails=True).said


def test_pip_downloads_files_as_they_were_published(desk: Desk, repository: Live) -> None:
    desk.client("pip", "download", "--index-url", repository.simple, "-d", desk.folder / "got", "anvil", "rope")
    got = {path.name: path.read_bytes() for path in (desk.folder / "got").iterdir()}
    assert got == {file.filename: file.content for file in (HEAVIER, HAMMER, ROPE)}


def test_pip_lists_the_versions_that_a_new_user_would_get(desk: Desk, repository: Live) -> None:
    said = desk.client("pip", "index", "versions", "--index-url", repository.simple, "bellows").stdout
    assert said.splitlines()[:2] == ["bellows (1.0)", "Available versions: 1.0"]


def test_pip_passes_over_a_yanked_release(desk: Desk, repository: Live) -> None:
    install(desk, repository, "bellows")
    assert installed(desk) == {"bellows-1.0"}


def test_pip_installs_a_yanked_release_that_is_pinned_and_tells_why_it_was_yanked(desk: Desk, repository: Live) -> None:
    said = install(desk, repository, "bellows==1.1").said
    assert installed(desk) == {"bellows-1.1"}
    assert "yanked version" in said
    assert "Reason for being yanked: it leaks at <100> & more" in said


def test_pip_tells_the_reason_of_a_yank_from_the_html_page_too(desk: Desk, wire: Wire) -> None:
    wire.says["accept"] = HTML
    assert "it leaks at <100> & more" in install(desk, wire, "bellows==1.1").said


def test_pip_takes_a_pre_release_only_when_asked(desk: Desk, repository: Live) -> None:
    install(desk, repository, "--pre", "bellows")
    assert installed(desk) == {"bellows-1.2rc1"}


@pytest.mark.parametrize("accept", [JSON, HTML])
def test_pip_passes_over_what_this_python_is_too_old_for(desk: Desk, wire: Wire, accept: str) -> None:
    wire.says["accept"] = accept
    said = install(desk, wire, "clamp").said
    assert installed(desk) == {"clamp-1.0"}
    assert "clamp-2.0" not in " ".join(wire.paths())
    assert "ERROR" not in said


def test_pip_says_of_a_project_that_is_not_there_that_it_found_nothing(desk: Desk, repository: Live) -> None:
    said = install(desk, repository, "no-such-thing", fails=True).said
    assert "No matching distribution found for no-such-thing" in said


def test_pip_finds_a_project_under_any_spelling_of_its_name(desk: Desk, repository: Live) -> None:
    repository.publish(wheel("long-name", "1.0"))
    install(desk, repository, "Long_Name", "HAMMER")
    assert installed(desk) == {"long_name-1.0", "hammer-1.5"}


def test_pip_revalidates_a_page_it_has_seen_and_no_page_is_sent_again(desk: Desk, wire: Wire) -> None:
    for _ in range(2):
        # Of an address that is neither https nor trusted, pip keeps nothing.
        install(desk, wire, "--upgrade", "--trusted-host", "127.0.0.1", "hammer")
    first, second = (asked for asked in wire.asked if asked.path == "/simple/hammer/")
    assert (first.status, second.status) == (200, 304)
    assert second.body_bytes == 0
    assert [path.rpartition(".")[2] for path in wire.paths("/hammer-1.5-")] == ["metadata", "whl"]


def test_pip_looks_for_what_is_not_here_in_the_extra_index(desk: Desk, repository: Live, tmp_path: Path) -> None:
    with live(tmp_path / "extra") as extra:
        extra.publish(wheel("tongs", "1.0"), wheel("hammer", "99.0", body="EVIL = True\n"))
        install(desk, repository, "--extra-index-url", extra.simple, "tongs")
        assert installed(desk) == {"tongs-1.0"}
        # pip prefers no index: the pin by hash is what keeps the stranger's higher version out.
        pins = desk.file("pins.txt", pinned(HAMMER))
        install(desk, repository, "--extra-index-url", extra.simple, "--require-hashes", "-r", pins)
        assert "hammer-1.5" in installed(desk)


def test_pip_installs_from_a_quarantined_project_nothing(desk: Desk, repository: Live) -> None:
    repository.publish(wheel("suspect", "1.0"))
    repository.admin("status", "suspect", "quarantined", "--reason", "malware was reported")
    said = install(desk, repository, "suspect", fails=True).said
    assert "No matching distribution found" in said


def test_pip_takes_nothing_newer_than_a_date(desk: Desk, repository: Live) -> None:
    repository.publish(wheel("vise", "1.0"))
    moment = datetime.now(UTC).isoformat()
    repository.publish(wheel("vise", "2.0"))
    install(desk, repository, "--uploaded-prior-to", moment, "vise")
    assert installed(desk) == {"vise-1.0"}


def test_pip_writes_a_lock_with_every_digest(desk: Desk, repository: Live) -> None:
    desk.client("pip", "lock", "--index-url", repository.simple, "anvil==1.0", "-o", "pylock.toml")
    packages = tomllib.loads((desk.folder / "pylock.toml").read_text())["packages"]
    kept = {wheel["name"]: wheel["hashes"] for package in packages for wheel in package["wheels"]}
    assert kept == {file.filename: {"sha256": file.offered().digests.sha256.hex} for file in (ANVIL, HAMMER)}
