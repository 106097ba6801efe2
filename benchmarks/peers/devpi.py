"""devpi-server alone, without its web interface: SQLite, fifty threads, publishing with a login token.

Principles: none
"""

import base64
import json
import subprocess
import urllib.request
from dataclasses import dataclass

from benchmarks.peers import Server, environment, environment_of, locked_version
from benchmarks.uploads import Endpoint

USER, PASSWORD, INDEX = "bench", "benchmark-password", "dev"


@dataclass
class Devpi(Server):
    """Serves /bench/dev, a stage without bases, whose files cannot be replaced."""

    def __post_init__(self) -> None:
        self.name = "devpi"
        self._venv = environment_of("devpi")

    @property
    def simple(self) -> str:
        return f"{self.root}/{USER}/{INDEX}/+simple/"

    @property
    def ready(self) -> str:
        return f"{self.root}/+api"

    def version(self) -> str:
        return f"devpi-server {locked_version('devpi', 'devpi-server')}"

    def prepare(self) -> None:
        self.fresh()
        init = [str(self._venv / "bin/devpi-init"), "--serverdir", str(self.folder / "data"), "--no-root-pypi"]
        subprocess.run(init, check=True, capture_output=True, env=environment())
        self.start()
        self._put(f"/{USER}", {"password": PASSWORD}, "PUT")
        index = {"type": "stage", "bases": [], "volatile": False}
        self._put(f"/{USER}/{INDEX}", index, "PUT", token=self._token())
        self.stop()

    def command(self) -> list[str]:
        program = str(self._venv / "bin/devpi-server")
        return [program, "--serverdir", str(self.folder / "data"), "--host", "127.0.0.1", "--port", str(self.port)]

    def endpoint(self) -> Endpoint:
        return Endpoint(f"{self.root}/{USER}/{INDEX}/", USER, self._token(), header="X-Devpi-Auth")

    def database_bytes(self) -> int | None:
        return sum(path.stat().st_size for path in (self.folder / "data").glob(".sqlite*"))

    def _token(self) -> str:
        answer = self._put("/+login", {"user": USER, "password": PASSWORD}, "POST")
        return str(answer["result"]["password"])

    def _put(self, path: str, body: object, method: str, token: str = "") -> dict[str, dict[str, object]]:
        request = urllib.request.Request(f"{self.root}{path}", json.dumps(body).encode(), method=method)
        request.add_header("Content-Type", "application/json")
        request.add_header("Accept", "application/json")
        if token:
            request.add_header("X-Devpi-Auth", base64.b64encode(f"{USER}:{token}".encode()).decode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.loads(answer.read(1024 * 1024)))
