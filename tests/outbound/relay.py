"""Mail relays on this machine: with and without TLS, with a password, with refusals; and the certificate of the test.

Principles: none
"""

import asyncio
import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from strongroom.assess.mailbox import MailSink

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Taken:
    """One letter as it came over the wire."""

    sender: str
    recipients: list[str]
    content: bytes
    options: list[str]


class Relay(MailSink):
    """A mail sink that can also speak TLS, want a password, and refuse what it is told to refuse."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, refuses: str = "", at: str = "", **options: Any) -> None:
        super().__init__()
        self.taken: list[Taken] = []
        self._tls, self._refuses, self._at, self._options = tls, refuses, at, options

    def __enter__(self) -> "Relay":
        self.start()
        return self

    async def handle_RCPT(
        self, server: "SMTP", session: "Session", envelope: "Envelope", address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse it."""
        if self._at == "RCPT":
            return self._refuses
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:
        """Take a letter, or refuse it."""
        if self._at == "DATA":
            return self._refuses
        self.taken.append(
            Taken(
                str(envelope.mail_from),
                [str(each) for each in envelope.rcpt_tos],
                envelope.original_content or b"",
                [str(each) for each in envelope.mail_options],
            )
        )
        return await super().handle_DATA(server, session, envelope)

    async def handle_QUIT(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:
        """Say goodbye, or something else."""
        return self._refuses if self._at == "QUIT" else "221 2.0.0 Bye"

    async def _listen(self) -> asyncio.Server:
        from aiosmtpd.smtp import SMTP

        return await self._loop.create_server(
            lambda: SMTP(self, hostname="relay.test", loop=self._loop, **self._options),
            self.host,
            self.port,
            ssl=self._tls,
        )


def certificate(folder: Path, *, for_address: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """Return a server's TLS context with a new certificate for an address, and the file of the authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the relay of a test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(for_address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, pair = folder / "authority.pem", folder / "pair.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pair.write_bytes(authority.read_bytes() + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    return context, authority
