"""A real S3-compatible server for tests: SeaweedFS, out of a wheel, on loopback ports and in a folder of its own.

Principles: none
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from obstore.store import S3Store
from tests.postgres import free_port

from strongroom.storage.blobs.s3 import open_bucket

ACCESS_KEY = "strongroom-test"
SECRET_KEY = "strongroom-test-secret"
START_SECONDS = 60


@dataclass(frozen=True)
class S3:
    """The server: where it speaks S3, and where buckets are made."""

    endpoint: str
    filer: str

    def bucket(self) -> str:
        """Make an empty bucket and return its name."""
        name = f"strongroom-{uuid4().hex}"
        request = urllib.request.Request(f"{self.filer}/buckets/{name}/", method="POST")
        urllib.request.urlopen(request, timeout=10).close()
        return name

    def open(self, name: str) -> S3Store:
        """Return the bucket as the application opens it."""
        return open_bucket(
            name, endpoint=self.endpoint, region="us-east-1", access_key=ACCESS_KEY, secret_key=SECRET_KEY
        )


@contextmanager
def s3_server() -> Iterator[S3]:
    """Run a server and yield it."""
    folder = Path(tempfile.mkdtemp(prefix="strongroom-s3-"))
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    actions = ["Admin", "Read", "Write", "List"]
    identities = {"identities": [{"name": "test", "credentials": credentials, "actions": actions}]}
    (folder / "s3.json").write_text(json.dumps(identities))
    master, volume, filer, s3 = (low_port() for _ in range(4))
    command = [
        *(str(Path(sys.executable).parent / "weed"), "server", "-s3", f"-dir={folder}"),
        *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-master.port={master}", f"-volume.port={volume}"),
        *(f"-filer.port={filer}", f"-s3.port={s3}", f"-s3.config={folder}/s3.json"),
        # Every bucket takes seven volumes, whatever is in it.
        *("-master.volumeSizeLimitMB=64", "-volume.max=1000"),
        # What it would start beside: its own telemetry, and listeners on ports that are the same for everybody.
        *("-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        made = S3(f"http://127.0.0.1:{s3}", f"http://127.0.0.1:{filer}")
        _wait_for(made, server)
        yield made
    finally:
        server.kill()  # nothing of it is to be kept, and a polite stop takes it many seconds
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def low_port() -> int:
    """Return a free port below 50000: the server adds 10000 to each of its ports for another protocol."""
    while (port := free_port()) >= 50000:
        continue
    return port


def _wait_for(made: S3, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            store = made.open(made.bucket())
            store.put("ready", b"yes")
            return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
        except Exception as error:  # obstore's errors have no common base but this
            if time.monotonic() > deadline - 1:
                raise RuntimeError("the S3 server did not start") from error
            time.sleep(0.2)
    raise RuntimeError("the S3 server did not start")
