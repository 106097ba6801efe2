"""A real nginx before a running repository, configured as `strongroom config nginx` says.

Principles: none
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner
from tests.live import Live, ask
from tests.postgres import free_port

from strongroom.commands.main import cli

START_SECONDS = 20


@contextmanager
def nginx(repository: Live, folder: Path, **settings: str) -> Iterator[int]:
    """Run nginx and yield the port where it listens; `settings` are variables after STRONGROOM_, as in `live`."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise RuntimeError("nginx is not installed: apt-get install nginx")
    port = free_port()
    of_the_server = {f"STRONGROOM_{name}": value for name, value in settings.items()}
    words = ["config", "nginx", "--data", str(repository.data), "--listen", f"127.0.0.1:{port}"]
    shipped = CliRunner(env={"STRONGROOM_PORT": str(repository.port), **of_the_server}).invoke(cli, words)
    assert shipped.exit_code == 0, shipped.output
    user = "user root;\n" if os.geteuid() == 0 else ""  # its workers could not read a folder of root's otherwise
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\nworker_processes 2;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 64; }}\nhttp {{\naccess_log off;\nclient_body_temp_path {folder}/body;\n"
        f"proxy_temp_path {folder}/proxy;\n{shipped.stdout}\n}}\n"
    )
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if ask(port, "/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("nginx did not start")
