"""The servers that are measured, each with how to prepare, start, stop and address it.

Principles: none
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.uploads import Endpoint, publish
from benchmarks.wheels import Wheel

LONGEST_START_SECONDS = 120
CACHE = Path(__file__).parents[2] / ".cache" / "bench"


def environment() -> dict[str, str]:
    """Return the environment for a server: ours without the settings of package clients."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}


@dataclass
class Server:
    """One server with a folder of its own. A subclass says how it is prepared, started and addressed."""

    folder: Path
    port: int
    name: str = field(default="", init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    #: Has it something to publish to?
    takes_uploads: bool = field(default=True, init=False)

    #: Are its files put in anew each time, since its own code is what changes?
    refill: bool = field(default=False, init=False)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simple(self) -> str:
        """Return the address of the list of all projects, with the closing slash."""
        return f"{self.root}/simple/"

    @property
    def ready(self) -> str:
        """Return the address that answers 200 once the server is up."""
        return self.simple

    def version(self) -> str:
        """Return the version that is measured."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the server's folder, accounts and settings, once."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """Return the command line that starts it in the foreground."""
        raise NotImplementedError

    def endpoint(self) -> Endpoint:
        """Return where to publish, and as whom. The server is running."""
        raise NotImplementedError

    def database_bytes(self) -> int | None:
        """Return what is kept on disk beside the files themselves; None where there is no such thing."""
        return None

    def fill(self, wheels: Iterable[Wheel]) -> str:
        """Put the files in, the server being up, and say how that went."""
        result = publish(wheels, self.endpoint(), at_once=4, limit_seconds=3 * 3600)
        said = f"{len(result.seconds)} files at {result.per_second:.1f}/s, {len(result.refused)} refused"
        return said + "".join(f"\n    {each}" for each in result.refused[:3])

    def start(self) -> float:
        """Start it, wait until it answers, and return how many seconds that took."""
        began = time.perf_counter()
        log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            self.command(), cwd=self.folder, stdout=log, stderr=log, env=environment(), start_new_session=True
        )
        log.close()
        while time.perf_counter() - began < LONGEST_START_SECONDS:
            try:
                with urllib.request.urlopen(self.ready, timeout=30):
                    return time.perf_counter() - began
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.005)
        self.stop()
        raise RuntimeError(f"{self.name} did not start: see {self.folder}/server.log")

    def stop(self) -> None:
        """Stop it, and its children with it."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    @property
    def pids(self) -> list[int]:
        """Return the processes whose families are the server."""
        return [self.process.pid] if self.process else []

    def fresh(self) -> None:
        """Empty the server's folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)


def environment_of(peer: str) -> Path:
    """Return the virtual environment that benchmarks/peers/PEER.txt locks, made when it is not there yet."""
    lock = Path(__file__).with_name(f"{peer}.txt")
    venv, stamp = CACHE / f"venv-{peer}", CACHE / f"venv-{peer}" / "locked"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        print(f"installing {peer}, as locked in {lock.name}")
        subprocess.run(["python3", "-m", "venv", "--clear", venv], check=True)
        python, uv = venv / "bin/python", Path(sys.executable).with_name("uv")
        # uv, which is there where the tests are, takes seconds for what takes pip a minute.
        swift: list[str | Path] = [uv, "pip", "install", "-q", "--python", python]
        install = swift if uv.exists() else [python, "-m", "pip", "install", "-qq"]
        subprocess.run([*install, "--no-deps", "--require-hashes", "-r", lock], check=True)
        shutil.copyfile(lock, stamp)
    return venv


def locked_version(peer: str, distribution: str) -> str:
    """Return the version that a peer's lock pins."""
    for line in Path(__file__).with_name(f"{peer}.txt").read_text().splitlines():
        if line.startswith(f"{distribution}=="):
            return line.partition("==")[2].split()[0]
    raise ValueError(f"{distribution} is not in the lock of {peer}")
