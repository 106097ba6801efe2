"""Strongroom: one process with SQLite and a folder, alone or behind the nginx configuration that it ships.

Principles: none
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.machine import nginx_path
from benchmarks.peers import Server, environment
from benchmarks.uploads import Endpoint
from strongroom import __version__

PROGRAM = Path(sys.executable).with_name("strongroom")


@dataclass
class Strongroom(Server):
    """The repository as `strongroom serve` starts it, every check on."""

    def __post_init__(self) -> None:
        self.name = "strongroom"
        self.refill = True

    @property
    def ready(self) -> str:
        return f"{self.root}/healthz"

    def version(self) -> str:
        return f"strongroom {__version__}"

    def prepare(self) -> None:
        self.fresh()
        add = [str(PROGRAM), "admin", "user", "add", "bench", "--email", "bench@example.org", "--json"]
        add += ["--data", str(self.folder / "data")]
        made = subprocess.run(add, check=True, capture_output=True, text=True, env=environment())
        (self.folder / "token").write_text(str(json.loads(made.stdout)["token"]))

    def command(self) -> list[str]:
        where = ["--data", str(self.folder / "data"), "--host", "127.0.0.1", "--port", str(self.port)]
        return [str(PROGRAM), "serve", *where]

    def endpoint(self) -> Endpoint:
        return Endpoint(f"{self.root}/legacy/", "__token__", (self.folder / "token").read_text())

    def database_bytes(self) -> int | None:
        suffixes = (".db", ".sqlite", ".sqlite3", "-wal")
        return sum(p.stat().st_size for p in (self.folder / "data").rglob("*") if p.name.endswith(suffixes))


@dataclass
class StrongroomBehindNginx(Strongroom):
    """The same data behind nginx as `strongroom config nginx` configures it: pages and files straight from disk."""

    behind: int = 0
    front: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.name = "strongroom+nginx"
        self.refill = False

    @property
    def simple(self) -> str:
        return f"http://127.0.0.1:{self.behind}/simple/"

    def start(self) -> float:
        """Start the application, then nginx, and wait until nginx passes requests on."""
        alone = super().start()
        (self.folder / "front.conf").write_text(self._configuration())
        began = time.perf_counter()
        self.front = subprocess.Popen([nginx_path(), "-p", str(self.folder), "-c", str(self.folder / "front.conf")])
        while time.perf_counter() - began < 10:
            try:
                with urllib.request.urlopen(self.simple, timeout=10):
                    return alone + time.perf_counter() - began
            except OSError:
                time.sleep(0.005)
        self.stop()
        raise RuntimeError(f"nginx did not start: see {self.folder}/front.log")

    def stop(self) -> None:
        """Stop nginx, then the application."""
        if self.front is not None:
            self.front.terminate()
            self.front.wait(30)
            self.front = None
        super().stop()

    @property
    def pids(self) -> list[int]:
        return [*super().pids, *([self.front.pid] if self.front else [])]

    def endpoint(self) -> Endpoint:
        return replace(super().endpoint(), url=f"http://127.0.0.1:{self.behind}/legacy/")

    def _configuration(self) -> str:
        command = [str(PROGRAM), "config", "nginx", "--data", str(self.folder / "data")]
        command += ["--listen", f"127.0.0.1:{self.behind}"]
        settings = environment() | {"STRONGROOM_HOST": "127.0.0.1", "STRONGROOM_PORT": str(self.port)}
        shipped = subprocess.run(command, check=True, capture_output=True, text=True, env=settings).stdout
        user = "user root;\n" if os.geteuid() == 0 else ""  # its workers could not read the folder otherwise
        return (
            f"{user}worker_processes auto;\ndaemon off;\npid {self.folder}/front.pid;\n"
            f"error_log {self.folder}/front.log;\nevents {{ worker_connections 1024; }}\n"
            f"http {{\naccess_log off;\n{shipped}\n}}\n"
        )
