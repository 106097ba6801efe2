"""Where the clients live: one environment each, as `requirements/clients/NAME.txt` locks it, made when it is wanted.

`python -m tests.clients.environments` writes the locks anew from the `.in` files; `--upgrade` takes the newest.

Principles: none
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements" / "clients"
CACHE = ROOT / ".cache" / "clients"
UV = Path(sys.executable).with_name("uv")

#: bandersnatch 8 wants Python 3.12; its lock has 6 too, for machines that have no newer Python.
WANTS_NEW_PYTHON = frozenset({"bandersnatch"})


@cache
def environment_of(client: str) -> Path:
    """Return the folder of a client's programs, its environment made if it is not what the lock says."""
    home, lock = CACHE / client, LOCKS / f"{client}.txt"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{client}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        python = newest_python() if client in WANTS_NEW_PYTHON else sys.executable
        state = f"{python} {hashlib.sha256(lock.read_bytes()).hexdigest()}"
        stamp = home / "locked"
        if not stamp.exists() or stamp.read_text() != state:
            _run("venv", "--clear", "--python", python, home)
            _run("pip", "install", "--python", home / "bin/python", "--no-deps", "--require-hashes", "-r", lock)
            stamp.write_text(state)
    return home / "bin"


@cache
def newest_python() -> str:
    """Return the path of the newest Python on this machine that works; ours when there is none newer."""
    folders = [*map(Path, os.environ["PATH"].split(os.pathsep)), *(Path.home() / ".pyenv/versions").glob("*/bin")]
    for minor in range(14, sys.version_info.minor, -1):
        for python in (folder / f"python3.{minor}" for folder in folders):
            # A name on the path may be a shim that leads nowhere.
            if python.is_file() and subprocess.run([python, "-c", "import ssl"], capture_output=True).returncode == 0:
                return str(python)
    return sys.executable


def _run(*words: "str | Path") -> None:
    done = subprocess.run([str(UV), *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"uv {' '.join(map(str, words))}: {done.stderr}")


def main() -> None:
    """Lock every client again."""
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
    for wanted in sorted(LOCKS.glob("*.in")):
        lock = wanted.with_suffix(".txt")
        _run("pip", "compile", *options, "--no-header", "--no-annotate", *sys.argv[1:], wanted, "-o", lock)


if __name__ == "__main__":
    main()
