"""A clean place to run a client at: a home of its own, and nothing of this machine's settings but its certificates.

Principles: none
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.clients.environments import UV, environment_of

_KEPT = ("PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")
_LONGEST_SECONDS = 120
#: Nothing here reads the operator's settings, asks a question, colours its words, fetches a Python, or gets any further
#: than this machine: what is not on it goes to a proxy that is not there.
_SAID = {
    "LANG": "C.UTF-8",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "COLUMNS": "300",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    "TWINE_NON_INTERACTIVE": "1",
    "UV_PYTHON_DOWNLOADS": "never",
}


@dataclass(frozen=True)
class Ran:
    """How a client ended, and what it said: standard output, then standard error."""

    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        """Everything it said, white space made single."""
        return " ".join(f"{self.stdout} {self.stderr}".split())


@dataclass(frozen=True)
class Desk:
    """A folder to work in, with a home beside it."""

    folder: Path

    @cached_property
    def home(self) -> Path:
        """The home folder of whoever runs the client."""
        home = self.folder.parent / f"{self.folder.name}-home"
        home.mkdir()
        return home

    def run(self, *command: str | Path, fails: bool = False, env: Mapping[str, str] | None = None) -> Ran:
        """Run a command; AssertionError, with what it said, when it does not end as it should."""
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {**_SAID, "HOME": str(self.home), "XDG_CONFIG_DIRS": str(self.home), **(env or {})}
        words = [str(word) for word in command]
        done = subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=_LONGEST_SECONDS
        )
        ran = Ran(done.returncode, done.stdout, done.stderr)
        assert (done.returncode != 0) is fails, f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return ran

    def client(self, name: str, *words: str | Path, fails: bool = False, env: Mapping[str, str] | None = None) -> Ran:
        """Run the program of that name out of its own environment."""
        return self.run(environment_of(name) / name, *words, fails=fails, env=env)

    def uv(self, *words: str | Path, fails: bool = False, env: Mapping[str, str] | None = None) -> Ran:
        """Run uv."""
        return self.run(UV, *words, fails=fails, env=env)

    def python(self) -> Path:
        """Return the Python of a new environment without anything in it."""
        self.uv("venv", "-q", "--clear", "--python", sys.executable, self.folder / "env")
        return self.folder / "env/bin/python"

    def file(self, name: str, text: str) -> Path:
        """Write a file here, and return its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path
