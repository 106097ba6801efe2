"""PDM against a live repository: publishing, a lock from a source, what it skips.

Principles: CLI-1.1, GEN-2.1
"""

import tomllib
from collections.abc import Sequence

import pytest
from tests.clients.desk import Desk, Ran
from tests.clients.goods import Made, on_disk, sdist, wheel
from tests.live import Live

pytestmark = pytest.mark.client

PYPROJECT = """\
[project]
name = "smithy"
version = "1.0"
requires-python = ">=3.11"
dependencies = []

[tool.pdm]
distribution = false

[[tool.pdm.source]]
name = "pypi"
url = "{simple}"
verify_ssl = false
"""
QUIET = {"PDM_CHECK_UPDATE": "0", "PDM_NON_INTERACTIVE": "1"}


@pytest.fixture
def project(desk: Desk, repository: Live) -> Desk:
    """A desk with a project on it whose only source is the repository."""
    desk.file("pyproject.toml", PYPROJECT.format(simple=repository.simple))
    return desk


def publish(desk: Desk, repository: Live, files: Sequence[Made], *words: str, fails: bool = False) -> Ran:
    """Run `pdm publish` on files."""
    on_disk(desk.folder / "dist", *files)
    env = {**QUIET, "PDM_PUBLISH_REPO": repository.legacy, "PDM_PUBLISH_USERNAME": "__token__"}
    env["PDM_PUBLISH_PASSWORD"] = repository.token
    return desk.client("pdm", "publish", "--no-build", *words, env=env, fails=fails)


def log_of(desk: Desk) -> str:
    """Return what PDM wrote to its log of the last publishing that failed."""
    (log,) = (desk.home / ".local/state/pdm/log").glob("pdm-publish-*.log")
    return log.read_text()


def test_pdm_publishes_a_wheel_and_a_source_distribution(project: Desk, repository: Live) -> None:
    publish(project, repository, [wheel("bellows", "1.0"), sdist("bellows", "1.0")])
    files = {each["filename"] for each in repository.listing("bellows")["files"]}
    assert files == {"bellows-1.0-py3-none-any.whl", "bellows-1.0.tar.gz"}


def test_pdm_adds_a_project_from_the_source_and_locks_it_by_hash(project: Desk, repository: Live) -> None:
    made = (wheel("anvil", "1.0", more="Requires-Dist: hammer>=1\n"), sdist("hammer", "1.5"), wheel("hammer", "1.5"))
    repository.publish(*made)
    project.client("pdm", "use", "-f", project.python(), env=QUIET)
    project.client("pdm", "add", "anvil", env=QUIET)
    lock = tomllib.loads((project.folder / "pdm.lock").read_text())
    kept = {file["file"]: file["hash"] for package in lock["package"] for file in package["files"]}
    assert kept == {file.filename: f"sha256:{file.offered().digests.sha256.hex}" for file in made}
    assert list((project.folder / "env").glob("lib/*/site-packages/hammer-1.5.dist-info"))


def test_pdm_shows_why_other_bytes_are_refused_and_skips_them_when_told_to(project: Desk, repository: Live) -> None:
    repository.publish(wheel("tongs", "1.0"))
    other = [wheel("tongs", "1.0", body="WEIGHT = 9\n")]
    said = publish(project, repository, other, fails=True).said
    assert "409" in said
    # PDM shows the status alone, and points to its log for the rest.
    assert "What is published never changes" in log_of(project)
    assert "it appears to already exist" in publish(project, repository, other, "--skip-existing").said


def test_pdm_does_not_pass_over_what_was_removed(project: Desk, repository: Live) -> None:
    removed = wheel("shears", "1.0")
    repository.publish(removed, wheel("shears", "2.0"))
    repository.admin("remove", removed.filename, "--yes")
    assert "410" in publish(project, repository, [removed], "--skip-existing", fails=True).said
    assert "filename-removed" in log_of(project)
