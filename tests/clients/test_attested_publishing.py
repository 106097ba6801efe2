"""uv and twine send the attestations that lie beside a file, from a build, and show why one is refused.

Principles: AUTHZ-3.3
"""

import json
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.clients.desk import Desk
from tests.clients.environments import UV
from tests.clients.goods import on_disk, wheel
from tests.clients.secure import Secure, secure, taking_every_name_to
from tests.outbound import private_sigstore
from tests.outbound.private_sigstore import PrivateSigstore
from tests.outbound.workload_issuer import Build, WorkloadIssuer, issuing
from tests.worlds import ADA
from twine.utils import DEFAULT_REPOSITORY

from strongroom.authz.providers import PROVIDERS
from strongroom.authz.publishers import Publisher, subject_of
from strongroom.kernel.digests import Sha256
from strongroom.kernel.names import ProjectName

pytestmark = [pytest.mark.client, pytest.mark.principle("AUTHZ-3.3")]

TWINE = UV.with_name("twine")


@dataclass(frozen=True)
class Forge:
    """A repository that trusts a Sigstore of its own, and the builds of one forge."""

    repository: Secure
    issuer: WorkloadIssuer
    sigstore: PrivateSigstore
    proxy: str

    def job(self, project: str) -> Mapping[str, str]:
        """Let a job of the forge make this project; return its environment."""
        typed = {"owner": "acme", "repository": "anvil", "workflow": "release.yml", "environment": project}
        now = datetime.now(UTC)
        until = now + timedelta(days=1)
        name = ProjectName("pypi", project)
        made = Publisher(f"p-{project}", "github", self.issuer.url, typed, name, ADA, now, until)
        vault = self.repository.vault()
        with vault.writing() as books:
            books.publishers.add_publisher(made, subject_of(PROVIDERS["github"], typed))
        vault.close()
        self.issuer.build = Build(environment=project)
        return {**self.issuer.runner(), **self.repository.trusted()}

    def attested(self, desk: Desk, project: str, repository: str = "acme/anvil") -> tuple[Path, Path]:
        """Write a wheel, and the attestation that a build of this repository made of it, beside it."""
        (path,) = on_disk(desk.folder / "dist", wheel(project, "1.0"))
        here = private_sigstore.Build(issuer=self.issuer.url, server=self.issuer.url, repository_number="4711")
        build = replace(here, repository=repository, claims={17: "47"})
        attestation = self.sigstore.attest(path.name, Sha256.of(path.read_bytes()).hex, build)
        beside = path.with_name(f"{path.name}.publish.attestation")
        beside.write_text(json.dumps(attestation))
        return path, beside

    def provenance(self, project: str, path: Path) -> object:
        """Return the provenance object of a file, as anybody can fetch it."""
        context = ssl.create_default_context(cafile=str(self.repository.authority))
        handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        address = f"https://{self.repository.host}/integrity/{project}/1.0/{path.name}/provenance"
        with urllib.request.build_opener(*handlers).open(address, timeout=30) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    """Serve a repository behind TLS, with a trust root of its own."""
    folder, sigstore = tmp_path_factory.mktemp("secure"), PrivateSigstore()
    root = folder / "trusted_root.json"
    root.write_text(sigstore.trusted_root())
    with issuing() as issuer:
        issuers = json.dumps([{"provider": "github", "issuer": issuer.url}])
        chosen = {"PUBLISHING__ISSUERS": issuers, "PROVENANCE__TRUST_ROOT": str(root)}
        with (
            secure(folder, urlsplit(DEFAULT_REPOSITORY).hostname or "", **chosen) as repository,
            taking_every_name_to(repository.port) as proxy,
        ):
            yield Forge(repository, issuer, sigstore, proxy)


def uv_publish(desk: Desk, forge: Forge, folder: Path, env: Mapping[str, str], *, fails: bool = False) -> str:
    # Of what lies in the folder, uv sends each attestation with the file that it is named after.
    words = ("publish", "--trusted-publishing", "always", "--publish-url", forge.repository.legacy, f"{folder}/*")
    return desk.uv(*words, env=env, fails=fails).said


def test_uv_sends_the_attestation_and_it_is_served(desk: Desk, forge: Forge) -> None:
    env = forge.job("uv-attested")
    path, beside = forge.attested(desk, "uv-attested")
    uv_publish(desk, forge, path.parent, env)
    served = json.dumps(forge.provenance("uv-attested", path))
    assert json.loads(beside.read_text())["envelope"]["signature"] in served


def test_twine_sends_the_attestation_and_it_is_served(desk: Desk, forge: Forge) -> None:
    env = forge.job("twine-attested")
    path, beside = forge.attested(desk, "twine-attested")
    around = {"HTTPS_PROXY": forge.proxy, "https_proxy": forge.proxy}
    words = ("upload", "--attestations", "--disable-progress-bar", path, beside)
    desk.run(TWINE, *words, env={**env, **around})
    served = json.dumps(forge.provenance("twine-attested", path))
    assert json.loads(beside.read_text())["envelope"]["signature"] in served


def test_uv_shows_why_an_attestation_is_refused(desk: Desk, forge: Forge) -> None:
    env = forge.job("uv-forged")
    path, _ = forge.attested(desk, "uv-forged", repository="mallory/anvil")
    said = " ".join(uv_publish(desk, forge, path.parent, env, fails=True).split())
    assert "its repository is" in said and "mallory/anvil" in said
