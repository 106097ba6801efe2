"""Hatch and flit publish to a live repository.

Principles: GEN-2.1
"""

import pytest
from tests.clients.desk import Desk, Ran
from tests.clients.goods import Made, on_disk, sdist, wheel
from tests.live import Live

pytestmark = pytest.mark.client

HATCH = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "anvil"
version = "1.0"
"""
FLIT = """\
[build-system]
requires = ["flit_core >=3.11"]
build-backend = "flit_core.buildapi"

[project]
name = "{name}"
version = "1.0"
description = "It is heavy: größer"
authors = [{{name = "Ada Lovelace", email = "ada@example.org"}}]
keywords = ["iron", "heavy"]
requires-python = ">=3.9"
dependencies = ["hammer >=1"]
optional-dependencies = {{fast = ["bellows"]}}
classifiers = ["Topic :: Utilities"]
readme = "README.md"
license = "MIT"
urls = {{Home = "https://example.org/"}}
"""


def hatch(desk: Desk, repository: Live, *files: Made, fails: bool = False) -> Ran:
    """Run `hatch publish` on files."""
    desk.file("pyproject.toml", HATCH)
    paths = on_disk(desk.folder / "dist", *files)
    env = {"HATCH_INDEX_REPO": repository.legacy, "HATCH_INDEX_USER": "__token__", "HATCH_INDEX_AUTH": repository.token}
    return desk.client("hatch", "publish", "--no-prompt", *paths, env=env, fails=fails)


def flit(desk: Desk, repository: Live, name: str, *, fails: bool = False) -> Ran:
    """Run `flit publish` on a small project of that name."""
    desk.file("pyproject.toml", FLIT.format(name=name))
    desk.file("README.md", "# Größer\n\nand *heavier*.\n")
    desk.file(f"{name}.py", '"""It is heavy."""\n')
    env = {"FLIT_INDEX_URL": repository.legacy, "FLIT_USERNAME": "__token__", "FLIT_PASSWORD": repository.token}
    env["SOURCE_DATE_EPOCH"] = "1780000000"  # the same bytes each time it is built
    return desk.client("flit", "publish", "--no-use-vcs", env=env, fails=fails)


def test_hatch_publishes_a_wheel_and_a_source_distribution_and_a_second_time_changes_nothing(
    desk: Desk, repository: Live
) -> None:
    files = (wheel("anvil", "1.0"), sdist("anvil", "1.0"))
    hatch(desk, repository, *files)
    page = repository.listing("anvil")
    assert {each["filename"] for each in page["files"]} == {file.filename for file in files}
    hatch(desk, repository, *files)
    assert repository.listing("anvil") == page


def test_hatch_shows_why_other_bytes_are_refused(desk: Desk, repository: Live) -> None:
    repository.publish(wheel("tongs", "1.0"))
    said = hatch(desk, repository, wheel("tongs", "1.0", body="WEIGHT = 9\n"), fails=True).said
    assert "What is published never changes" in said


def test_flit_builds_and_publishes_a_project_and_a_second_time_changes_nothing(desk: Desk, repository: Live) -> None:
    flit(desk, repository, "bellows")
    page = repository.listing("bellows")
    assert {each["filename"] for each in page["files"]} == {"bellows-1.0-py3-none-any.whl", "bellows-1.0.tar.gz"}
    assert repository.ask("/pypi/bellows/json").json["info"]["requires_dist"] == [
        "hammer >=1",
        'bellows ; extra == "fast"',
    ]
    flit(desk, repository, "bellows")
    assert repository.listing("bellows") == page


def test_flit_shows_why_other_bytes_are_refused(desk: Desk, repository: Live) -> None:
    repository.publish(wheel("vise", "1.0"))
    assert "What is published never changes" in flit(desk, repository, "vise", fails=True).said
