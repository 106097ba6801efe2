"""pypiserver as its own image runs it: gunicorn with one gevent worker, its cache on.

Principles: none
"""

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.peers import Server, environment_of, locked_version
from benchmarks.uploads import Endpoint
from benchmarks.wheels import Wheel

USER, PASSWORD = "bench", "benchmark-password"


@dataclass
class Pypiserver(Server):
    """Serves a flat folder of files. Its password is kept under a cheap hash, which favours it in publishing."""

    def __post_init__(self) -> None:
        self.name = "pypiserver"
        self._venv = environment_of("pypiserver")

    @property
    def ready(self) -> str:
        return f"{self.root}/health"

    def version(self) -> str:
        gunicorn, gevent = (locked_version("pypiserver", name) for name in ("gunicorn", "gevent"))
        return f"pypiserver {locked_version('pypiserver', 'pypiserver')}, gunicorn {gunicorn}, gevent {gevent}"

    def prepare(self) -> None:
        self.fresh()
        (self.folder / "packages").mkdir()
        hashed = subprocess.run(["openssl", "passwd", "-apr1", PASSWORD], check=True, capture_output=True, text=True)
        (self.folder / "htpasswd").write_text(f"{USER}:{hashed.stdout.strip()}\n")
        settings = 'worker_class = "gevent"\nworkers = 1\npreload_app = True\naccesslog = None\n'
        (self.folder / "gunicorn.conf.py").write_text(settings)

    def command(self) -> list[str]:
        program = str(self._venv / "bin/pypi-server")
        where = ["-i", "127.0.0.1", "-p", str(self.port), "--server", "gunicorn"]
        return [program, "run", *where, "-a", "update", "-P", "htpasswd", "--disable-fallback", "packages"]

    def fill(self, wheels: Iterable[Wheel]) -> str:
        """Lay the files in the folder, as its documentation says, while it is down: it would not see them otherwise."""
        self.stop()
        count = 0
        for wheel in wheels:
            (self.folder / "packages" / wheel.filename).write_bytes(wheel.content)
            count += 1
        os.sync()
        self.start()
        return f"{count} files copied"

    def endpoint(self) -> Endpoint:
        return Endpoint(f"{self.root}/", USER, PASSWORD)
