"""pypiserver, devpi-server and Verdaccio as people start them, each on a free port of this machine.

The Python ones are installed as `benchmarks/peers/*.txt` locks them, Verdaccio as `verdaccio/package-lock.json` does;
after the first time nothing leaves this machine.

Principles: none
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from benchmarks.peers import CACHE, environment, environment_of, locked_version
from tests.postgres import free_port

ALICE, BOB = ("alice", "wonder-land-9931"), ("bob", "bob-builder-7714")
START_SECONDS = 60
HERE = Path(__file__).parent
VERDACCIO = CACHE.parent / "clients" / "verdaccio"


@dataclass(frozen=True)
class Product:
    """One running product: where it is, what it is, and who is known there."""

    url: str
    version: str
    accounts: tuple[tuple[str, str], ...] = ()


@contextmanager
def started(command: list[str], folder: Path, ready: str) -> Iterator[None]:
    """Run a server until the end of the block; RuntimeError with its log when it does not answer."""
    log = folder / "server.log"
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, env=environment())
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(ready):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command[0]} did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, trust_env=False).status_code == 200
    except httpx2.HTTPError:
        return False


@contextmanager
def pypiserver(folder: Path) -> Iterator[Product]:
    """Serve with two people in its htpasswd file, who may both publish and remove."""
    port, program = free_port(), environment_of("pypiserver") / "bin/pypi-server"
    (folder / "packages").mkdir(parents=True)
    lines = (f"{name}:{_hashed(password)}\n" for name, password in (ALICE, BOB))
    (folder / "htpasswd").write_text("".join(lines))
    where = ["run", "-i", "127.0.0.1", "-p", str(port), "--disable-fallback"]
    command = [str(program), *where, "-a", "update", "-P", "htpasswd", "packages"]
    url = f"http://127.0.0.1:{port}/"
    with started(command, folder, url):
        yield Product(url, locked_version("pypiserver", "pypiserver"), (ALICE, BOB))


def _hashed(password: str) -> str:
    done = subprocess.run(["openssl", "passwd", "-apr1", password], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@contextmanager
def devpi(folder: Path) -> Iterator[dict[str, Product]]:
    """Serve two indexes of alice's: `volatile`, as a new one is, and `kept`, whose files cannot be replaced."""
    port, programs = free_port(), environment_of("devpi") / "bin"
    folder.mkdir(parents=True)
    init = [str(programs / "devpi-init"), "--serverdir", "server", "--no-root-pypi"]
    subprocess.run(init, cwd=folder, check=True, capture_output=True, env=environment())
    command = [str(programs / "devpi-server"), "--serverdir", "server", "--host", "127.0.0.1", "--port", str(port)]
    url = f"http://127.0.0.1:{port}/"
    with started(command, folder, f"{url}+api"), httpx2.Client(base_url=url, trust_env=False) as client:
        _did(client.put("alice", json={"password": ALICE[1], "email": "alice@a.example"}))
        for name, volatile in (("volatile", True), ("kept", False)):
            _did(client.put(f"alice/{name}", json={"volatile": volatile, "bases": []}, auth=ALICE))
        version = locked_version("devpi", "devpi-server")
        yield {name: Product(f"{url}alice/{name}/", version, (ALICE,)) for name in ("volatile", "kept")}


def _did(response: httpx2.Response) -> None:
    assert response.status_code < 300, response.text


@contextmanager
def verdaccio(folder: Path) -> Iterator[Product]:
    """Serve with its own defaults but for the network: anybody registers, and who has may publish and unpublish."""
    port, home = free_port(), verdaccio_home()
    folder.mkdir(parents=True)
    everything = {"access": "$all", "publish": "$authenticated", "unpublish": "$authenticated"}
    settings = {
        "storage": "./storage",
        "auth": {"htpasswd": {"file": "./htpasswd"}},
        "uplinks": {},
        "packages": {"**": everything},
        "log": {"type": "stdout", "format": "pretty", "level": "warn"},
    }
    (folder / "config.yaml").write_text(json.dumps(settings))  # JSON is YAML
    program = home / "node_modules/verdaccio/bin/verdaccio"
    command = ["node", str(program), "-c", "config.yaml", "-l", f"127.0.0.1:{port}"]
    url = f"http://127.0.0.1:{port}/"
    wanted = json.loads((HERE / "verdaccio/package.json").read_text())["dependencies"]["verdaccio"]
    with started(command, folder, f"{url}-/ping"):
        yield Product(url, wanted)


def verdaccio_home() -> Path:
    """Return the folder where Verdaccio is installed, after installing it when it is not what the lock says."""
    lock, stamp = HERE / "verdaccio/package-lock.json", VERDACCIO / "locked"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return VERDACCIO
    VERDACCIO.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / "verdaccio" / name, VERDACCIO / name)
    install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(install, cwd=VERDACCIO, capture_output=True, text=True, env=dict(os.environ))
    if done.returncode:
        raise RuntimeError(f"npm could not install Verdaccio; can it reach its registry? {done.stderr[-2000:]}")
    shutil.copyfile(lock, stamp)
    return VERDACCIO
