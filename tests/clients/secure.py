"""A live repository behind TLS, and a proxy that takes every name to it: upload tools insist on https.

Principles: none
"""

import json
import os
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.live import BIN, START_SECONDS, administer
from tests.postgres import free_port

from strongroom.storage.sql.vault import SqlVault, open_engine, sqlite_url


@dataclass(frozen=True)
class Secure:
    """A running server. `legacy` takes uploads; `authority` is the file of who vouches for its certificate."""

    port: int
    data: Path
    authority: Path
    token: str

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def legacy(self) -> str:
        return f"https://{self.host}/legacy/"

    def vault(self) -> SqlVault:
        """Open the server's own books."""
        return SqlVault(open_engine(sqlite_url(self.data / "strongroom.db")))

    def trusted(self) -> dict[str, str]:
        """Return the environment in which clients believe the certificate."""
        named = str(self.authority)
        return {"SSL_CERT_FILE": named, "REQUESTS_CA_BUNDLE": named, "CURL_CA_BUNDLE": named}

    def filenames(self, name: str) -> list[str]:
        """Return the names of a project's files, as the index has them."""
        context = ssl.create_default_context(cafile=str(self.authority))
        asked = urllib.request.Request(
            f"https://{self.host}/simple/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(asked, timeout=30) as answer:
            return [each["filename"] for each in json.load(answer)["files"]]


def certified(folder: Path, *names: str) -> tuple[Path, Path, Path]:
    """Write a certificate for these names and its key, of an authority made for it; return all three files."""
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("an authority", root, "an authority", root)
    leaf = _certificate("a repository", key, "an authority", root, names)
    made = folder / "authority.pem", folder / "certificate.pem", folder / "key.pem"
    made[0].write_bytes(authority)
    made[1].write_bytes(leaf)
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    made[2].write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return made


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: str,
    with_key: ec.EllipticCurvePrivateKey,
    names: tuple[str, ...] = (),
) -> bytes:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(with_key.public_key()), critical=False)
    )
    if names:
        said = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        made = made.add_extension(said, critical=False)
    return made.sign(with_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@contextmanager
def secure(folder: Path, *names: str, **settings: str) -> Iterator[Secure]:
    """Serve a new repository with ada in it under these names, beside localhost; `settings` as in `tests.live`."""
    port, data = free_port(), folder / "data"
    authority, chain, key = certified(folder, "localhost", *names)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STRONGROOM_")}
    environment |= {"STRONGROOM_TLS_CERTIFICATE": str(chain), "STRONGROOM_TLS_KEY": str(key)}
    environment |= {f"STRONGROOM_{name}": value for name, value in settings.items()}
    command: list[str | Path] = [BIN / "strongroom", "serve", "--data", data, "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(port, process, folder / "server.log")
        token = administer(data, "user", "add", "ada", "--email", "ada@example.org")["token"]
        yield Secure(port, data, authority, token)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"Strongroom did not start: {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def taking_every_name_to(port: int) -> Iterator[str]:
    """Run a proxy (RFC 9110, 9.3.6: CONNECT) whose every tunnel ends at a port of this machine; yield its address."""

    class Tunnel(BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while b"\r\n\r\n" not in head and len(head) < 8192:
                head += self.request.recv(1024)
            with socket.create_connection(("127.0.0.1", port), timeout=30) as there:
                self.request.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=_pour, args=(there, self.request), daemon=True)
                back.start()
                _pour(self.request, there)
                back.join(timeout=30)

    class Proxy(ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Proxy(("127.0.0.1", 0), Tunnel) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def _pour(source: socket.socket, to: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            to.sendall(piece)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        return
