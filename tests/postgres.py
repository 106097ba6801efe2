"""A real PostgreSQL for tests: Debian's, on a loopback port and in a folder of its own, gone at the end.

Principles: none
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a server and yield its address without a database name, ending in a slash."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not binaries:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="strongroom-postgresql-"))
    as_owner: dict[str, int | str] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner = {"user": "postgres"}
    port = free_port()
    quick = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
    where = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
    initdb = [
        str(binaries[-1] / "initdb"),
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C",
        "-D",
        str(folder / "d"),
    ]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **as_owner)  # type: ignore[call-overload]
    command = [str(binaries[-1] / "postgres"), "-D", str(folder / "d"), *where, *quick]
    server = subprocess.Popen(  # type: ignore[call-overload]
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **as_owner
    )
    try:
        _wait_for(port, server)
        yield f"postgresql://postgres@127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(server: str, name: str, template: str = "template1") -> Iterator[str]:
    """Make a database on the server, as a copy of `template`, and yield its address; drop it at the end."""
    make_database(server, name, template)
    try:
        yield f"{server}{name}"
    finally:
        import psycopg

        with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def make_database(server: str, name: str, template: str = "template1") -> str:
    """Make a database on the server that lasts as long as the server does, and return its address."""
    import psycopg

    with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return f"{server}{name}"


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres").close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise
            time.sleep(0.1)
