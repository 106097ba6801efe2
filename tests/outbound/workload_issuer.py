"""An issuer of identity tokens for builds on this machine, which speaks as GitHub Actions and as GitLab do.

It publishes keys, rotates them, falls silent, and answers what GitHub's runner is asked (ACTIONS_ID_TOKEN_REQUEST_URL).

Principles: AUTHZ-3.1
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from tests.outbound.loopback import Asked, Reply, serving

DISCOVERY = "/.well-known/openid-configuration"
RUNNER_SECRET = "the-runner-and-nobody-else"
_jti = count()


@cache
def _rsa(name: str, number: int = 0) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


@dataclass(frozen=True)
class Build:
    """A job of a workflow: what GitHub and GitLab say of it."""

    owner: str = "acme"
    repository: str = "anvil"
    workflow: str = "release.yml"
    ref: str = "refs/heads/main"
    event: str = "push"
    environment: str = ""
    owner_id: str = "47"
    repository_id: str = "4711"
    sha: str = "5c" * 20
    job_workflow_ref: str = ""
    protected: bool = True
    starter: str = "octo-ada"

    @property
    def path(self) -> str:
        return f"{self.owner}/{self.repository}"

    def github(self) -> dict[str, Any]:
        """Return what GitHub Actions claims."""
        workflow = f"{self.path}/.github/workflows/{self.workflow}@{self.ref}"
        environment = {"environment": self.environment} if self.environment else {}
        return {
            "sub": f"repo:{self.path}:ref:{self.ref}",
            "repository": self.path,
            "repository_id": self.repository_id,
            "repository_owner": self.owner,
            "repository_owner_id": self.owner_id,
            "workflow_ref": workflow,
            "job_workflow_ref": self.job_workflow_ref or workflow,
            "ref": self.ref,
            "ref_protected": "true" if self.protected else "false",
            "event_name": self.event,
            "sha": self.sha,
            "run_id": "1",
            "actor": self.starter,
            **environment,
        }

    def gitlab(self, host: str) -> dict[str, Any]:
        """Return what GitLab CI/CD claims at `host`."""
        environment = {"environment": self.environment} if self.environment else {}
        return {
            "sub": f"project_path:{self.path}:ref_type:branch:ref:{self.ref.rpartition('/')[2]}",
            "project_path": self.path,
            "project_id": self.repository_id,
            "namespace_path": self.owner,
            "namespace_id": self.owner_id,
            "ci_config_ref_uri": f"{host}/{self.path}//{self.workflow}@{self.ref}",
            "ref_path": self.ref,
            "ref_protected": "true" if self.protected else "false",
            "pipeline_source": self.event,
            "user_login": self.starter,
            "sha": self.sha,
            **environment,
        }


@dataclass
class WorkloadIssuer:
    """One issuer. `now` is its clock; `build` is what its runner's jobs are of."""

    url: str = ""
    now: Callable[[], float] = time.time
    keys: list[RSAKey | ECKey] = field(default_factory=lambda: [_rsa("first")])
    asked: list[str] = field(default_factory=list)
    is_silent: bool = False
    names_itself: str = ""
    build: Build = field(default_factory=Build)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def token(self, claims: Mapping[str, Any], audience: str, **changed: Any) -> str:
        """Return an identity token; `changed` claims replace others, None takes one away, `header_` the header."""
        now = int(self.now())
        header = changed.pop("header_", {})
        said = {
            "iss": self.url, "aud": audience, "iat": now, "nbf": now, "exp": now + 300, "jti": f"jti-{next(_jti)}",
            **claims, **changed,
        }  # fmt: skip
        key = self.keys[-1]
        algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, said, key, algorithms=["RS256", "ES256"])

    def github(self, audience: str, build: Build | None = None, **changed: Any) -> str:
        """Return a token as GitHub Actions makes it."""
        return self.token((build or self.build).github(), audience, **changed)

    def gitlab(self, audience: str, build: Build | None = None, **changed: Any) -> str:
        """Return a token as GitLab makes it."""
        return self.token((build or self.build).gitlab(self.host), audience, **changed)

    def rotate(self, name: str) -> None:
        """Sign with another key from now on, and publish it alone."""
        self.keys = [_rsa(name)]

    def use_elliptic(self) -> None:
        """Sign with an elliptic key from now on."""
        self.keys = [ECKey.generate_key("P-256", {"kid": "elliptic", "use": "sig"})]

    def answer(self, asked: Asked) -> Reply:
        """Answer for keys, and for the runner."""
        parts = urlsplit(asked.path)
        self.asked.append(parts.path)
        if self.is_silent:
            return Reply(503)
        document: dict[str, Any]
        if parts.path == DISCOVERY:
            document = {"issuer": self.names_itself or self.url, "jwks_uri": f"{self.url}/keys"}
        elif parts.path == "/keys":
            document = {"keys": [key.as_dict(private=False) for key in self.keys]}
        elif parts.path == "/runner" and asked.headers.get("authorization", "").lower() == f"bearer {RUNNER_SECRET}":
            document = {"value": self.github(parse_qs(parts.query)["audience"][0])}
        else:
            return Reply(404)
        return Reply(200, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def runner(self) -> dict[str, str]:
        """Return the environment of a job on GitHub's runner that may ask for identity tokens."""
        return {
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/runner?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": RUNNER_SECRET,
        }


@contextmanager
def issuing(now: Callable[[], float] = time.time, number: int = 0) -> Iterator[WorkloadIssuer]:
    """Serve an issuer on a free port for as long as the block lasts; each `number` has its own key, named alike."""
    issuer = WorkloadIssuer(now=now, keys=[_rsa("first", number)])
    with serving(issuer.answer) as place:
        issuer.url = place.url
        yield issuer
