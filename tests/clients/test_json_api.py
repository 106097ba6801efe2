"""The JSON API, `/pypi/NAME/json`, read by a library and by a program that people use on the public index.

Principles: GEN-2.1
"""

import json

import pytest
from tests.clients.desk import Desk
from tests.clients.environments import environment_of
from tests.clients.goods import sdist, wheel
from tests.live import Live

pytestmark = pytest.mark.client

README = "Description-Content-Type: text/markdown\n\n# Anvil\n\nIt is *heavy*.\n"
ANVIL = (wheel("anvil", "1.0"), wheel("anvil", "1.1"), sdist("anvil", "1.1", more=README), wheel("anvil", "2.0rc1"))
WITH_PYPI_JSON = """\
import json, sys
from pypi_json import PyPIJSON

with PyPIJSON(sys.argv[1]) as index:
    newest = index.get_metadata("Anvil")
    pinned = index.get_metadata("anvil", "1.0")
    tags, others = newest.get_wheel_tag_mapping("1.1")
    digests = newest.get_releases_with_digests().values()
    print(json.dumps({
        "name": newest.name,
        "latest": str(newest.get_latest_version()),
        "shown": [str(newest.version), str(pinned.version)],
        "digests": {str(f["url"]).split("/")[-1]: f["digest"] for of in digests for f in of},
        "tags": [str(tag) for tag in tags],
        "others": [url.name for url in others],
        "bytes": len(index.download_file(pinned.urls[0]["url"]).content),
    }))
"""


@pytest.fixture(scope="module", autouse=True)
def stock(repository: Live) -> None:
    """Publish what the tests read about."""
    repository.publish(*ANVIL)


def test_pypi_json_reads_every_release_with_its_digests(desk: Desk, repository: Live) -> None:
    program = desk.file("read.py", WITH_PYPI_JSON)
    told = json.loads(desk.run(environment_of("json-readers") / "python", program, f"{repository.url}pypi").stdout)
    assert told == {
        "name": "anvil",
        "latest": "2.0rc1",
        "shown": ["1.1", "1.0"],
        "digests": {file.filename: file.offered().digests.sha256.hex for file in ANVIL},
        "tags": ["py3-none-any"],
        "others": ["anvil-1.1.tar.gz"],
        "bytes": len(ANVIL[0].content),
    }


def test_qypi_shows_a_project_its_files_and_its_description(desk: Desk, repository: Live) -> None:
    def ask(*words: str) -> str:
        return desk.run(environment_of("json-readers") / "qypi", "-i", f"{repository.url}pypi", *words).stdout

    (told,) = json.loads(ask("info", "anvil"))
    assert (told["name"], told["version"], told["summary"]) == ("anvil", "1.1", "It is heavy")
    assert told["project_url"] == f"{repository.site}project/anvil/"
    releases = json.loads(ask("releases", "anvil"))["anvil"]
    assert [each["version"] for each in releases] == ["1.0", "1.1", "2.0rc1"]
    (files,) = json.loads(ask("files", "anvil==1.1"))
    assert {each["filename"] for each in files["files"]} == {ANVIL[1].filename, ANVIL[2].filename}
    assert {each["url"].startswith(f"{repository.site}packages/") for each in files["files"]} == {True}


def test_a_yanked_release_is_told_as_yanked_and_not_shown_as_the_newest(repository: Live) -> None:
    repository.publish(wheel("vise", "1.0"), wheel("vise", "1.1"))
    repository.admin("yank", "vise==1.1", "--reason", "it slips")
    told = repository.ask("/pypi/vise/json").json
    assert told["info"]["version"] == "1.0"
    (yanked,) = told["releases"]["1.1"]
    assert (yanked["yanked"], yanked["yanked_reason"]) == (True, "it slips")
    assert repository.ask("/pypi/vise/1.1/json").json["info"]["yanked"] is True


def test_a_version_is_found_by_its_canonical_spelling_and_others_lead_there(repository: Live) -> None:
    answer = repository.ask("/pypi/anvil/v1.1/json")
    assert (answer.status, answer.headers["location"]) == (301, "/pypi/anvil/1.1/json")
    assert "releases" not in repository.ask("/pypi/anvil/1.1/json").json
    assert repository.ask("/pypi/anvil/9/json").status == 404
    assert repository.ask("/pypi/anvil/not-a-version/json").status == 404
