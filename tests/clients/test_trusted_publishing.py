"""twine and uv publish from a build, without anybody's token: as GitHub Actions runs them, and as GitLab does.

twine exchanges identity tokens with the public index alone, so it is told that it speaks to that, by a proxy and a
certificate for that name.

Principles: AUTHZ-3.1
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.clients.desk import Desk
from tests.clients.environments import UV
from tests.clients.goods import on_disk, wheel
from tests.clients.secure import Secure, secure, taking_every_name_to
from tests.outbound.workload_issuer import Build, WorkloadIssuer, issuing
from tests.worlds import ADA
from twine.utils import DEFAULT_REPOSITORY

from strongroom.authz.providers import PROVIDERS
from strongroom.authz.publishers import Publisher, subject_of
from strongroom.kernel.names import ProjectName

pytestmark = pytest.mark.client

TWINE = UV.with_name("twine")


@dataclass(frozen=True)
class Place:
    """A repository behind TLS, an issuer that it trusts as both, and a proxy to it."""

    repository: Secure
    issuer: WorkloadIssuer
    other: WorkloadIssuer
    proxy: str

    def trust(self, project: str, provider: str = "github", **more: str) -> None:
        """Let the build make this project, or publish to it."""
        typed = {
            "github": {"owner": "acme", "repository": "anvil", "workflow": "release.yml", "environment": project},
            "gitlab": {"namespace": "acme", "project": "anvil", "workflow": ".gitlab-ci.yml", "environment": project},
        }[provider]
        issuer = self.issuer.url if provider == "github" else self.other.url
        now = datetime.now(UTC)
        made = Publisher(
            f"p-{project}", provider, issuer, typed, ProjectName("pypi", project), ADA, now, now + timedelta(days=1)
        )  # fmt: skip
        vault = self.repository.vault()
        with vault.writing() as books:
            books.publishers.add_publisher(made, subject_of(PROVIDERS[provider], typed))
        vault.close()

    def github(self, project: str, event: str = "push") -> Mapping[str, str]:
        """Return the environment of a job on GitHub Actions, in the project's environment."""
        self.issuer.build = Build(environment=project, event=event)
        return {**self.issuer.runner(), **self.repository.trusted()}

    def gitlab(self, project: str) -> Mapping[str, str]:
        """Return the environment of a job on GitLab: `id_tokens` puts one into a variable named after its audience."""
        here = self.repository.host
        token = self.other.gitlab(here, Build(workflow=".gitlab-ci.yml", environment=project))
        variable = re.sub(r"[^A-Z0-9_]", "_", here.upper()) + "_ID_TOKEN"
        return {"GITLAB_CI": "true", "CI": "true", variable: token, **self.repository.trusted()}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Serve a repository that trusts two issuers of this machine, as GitHub and as GitLab."""
    folder: Path = tmp_path_factory.mktemp("secure")
    with issuing() as issuer, issuing(number=1) as other:
        issuers = [{"provider": "github", "issuer": issuer.url}, {"provider": "gitlab", "issuer": other.url}]
        name = urlsplit(DEFAULT_REPOSITORY).hostname or ""
        with (
            secure(folder, name, PUBLISHING__ISSUERS=json.dumps(issuers)) as repository,
            taking_every_name_to(repository.port) as proxy,
        ):
            yield Place(repository, issuer, other, proxy)


def uv_publish(desk: Desk, place: Place, project: str, env: Mapping[str, str], *, fails: bool = False) -> str:
    (path,) = on_disk(desk.folder / "dist", wheel(project, "1.0"))
    words = ("publish", "--trusted-publishing", "always", "--publish-url", place.repository.legacy, path)
    return desk.uv(*words, env=env, fails=fails).said


def twine_upload(desk: Desk, place: Place, project: str, env: Mapping[str, str], *, fails: bool = False) -> str:
    (path,) = on_disk(desk.folder / "dist", wheel(project, "1.0"))
    around = {"HTTPS_PROXY": place.proxy, "https_proxy": place.proxy}
    return desk.run(TWINE, "upload", "--disable-progress-bar", path, env={**env, **around}, fails=fails).said


def test_uv_publishes_from_github_actions_and_makes_the_project(desk: Desk, place: Place) -> None:
    place.trust("uv-github")
    uv_publish(desk, place, "uv-github", place.github("uv-github"))
    assert place.repository.filenames("uv-github") == ["uv_github-1.0-py3-none-any.whl"]


def test_uv_publishes_from_gitlab(desk: Desk, place: Place) -> None:
    place.trust("uv-gitlab", "gitlab")
    uv_publish(desk, place, "uv-gitlab", place.gitlab("uv-gitlab"))
    assert place.repository.filenames("uv-gitlab") == ["uv_gitlab-1.0-py3-none-any.whl"]


def test_twine_publishes_from_github_actions(desk: Desk, place: Place) -> None:
    place.trust("twine-github")
    said = twine_upload(desk, place, "twine-github", place.github("twine-github"))
    assert "Minted upload token for trusted publishing" in said
    assert place.repository.filenames("twine-github") == ["twine_github-1.0-py3-none-any.whl"]


def test_twine_publishes_from_gitlab(desk: Desk, place: Place) -> None:
    place.trust("twine-gitlab", "gitlab")
    twine_upload(desk, place, "twine-gitlab", place.gitlab("twine-gitlab"))
    assert place.repository.filenames("twine-gitlab") == ["twine_gitlab-1.0-py3-none-any.whl"]


def test_twine_and_uv_show_why_a_build_is_refused(desk: Desk, place: Place) -> None:
    place.trust("refused")
    env = place.github("refused", event="pull_request_target")
    for said in (
        twine_upload(desk, place, "refused", env, fails=True),
        uv_publish(desk, place, "refused", env, fails=True),
    ):
        assert "Nothing is published by a build whose event_name is pull_request_target" in said
