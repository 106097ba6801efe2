"""A mail sink on this machine: the target's mail relay for the length of a run, and the mailbox of the run's people.

Principles: AUTHN-1.1, AUTHN-1.4
"""

import asyncio
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import TYPE_CHECKING, Final

from strongroom.assess.markup import Tag, pieces
from strongroom.assess.stage import Message

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

LIMIT_MESSAGE_BYTES: Final = 1 << 20
LIMIT_MESSAGES: Final = 2000
_START_SECONDS = 10.0


class MailSink:
    """Takes every mail that it is sent and passes none on; to be used as a context, or started and stopped.

    `port` 0 takes any free one; after `start`, `port` is the one that was taken. A message longer than a mebibyte, or
    one more than two thousand, is refused by SMTP. OSError when the port is not free.
    """

    def __init__(self, domain: str = "strongroom-probe.invalid", host: str = "127.0.0.1", port: int = 0) -> None:
        self.domain = domain
        self.host = host
        self.port = port
        self._taken: list[Message] = []
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail sink", daemon=True)
        self._server: asyncio.Server | None = None

    def start(self) -> "MailSink":
        """Listen, and return the sink itself."""
        self._thread.start()
        try:
            self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(_START_SECONDS)
        except OSError:
            self.stop()
            raise
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        """Stop listening; what has arrived can still be read."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(_START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_SECONDS)
        self._loop.close()

    def __enter__(self) -> "MailSink":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def messages(self, address: str) -> list[Message]:
        """Return what has arrived for an address, the oldest first; addresses differ by no letter's case."""
        with self._lock:
            return [each for each in self._taken if each.to == address.lower()]

    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:
        """Take one mail, once for each of its recipients; called by the SMTP server."""
        subject, text = read_mail(envelope.original_content or b"")
        with self._lock:
            if len(self._taken) + len(envelope.rcpt_tos) > LIMIT_MESSAGES:
                return "452 4.3.1 The sink is full"
            self._taken += [Message(to.lower(), subject, text) for to in envelope.rcpt_tos]
        return "250 2.0.0 Taken"

    async def _listen(self) -> asyncio.Server:
        from aiosmtpd.smtp import SMTP

        return await self._loop.create_server(
            lambda: SMTP(self, data_size_limit=LIMIT_MESSAGE_BYTES, hostname="strongroom-assess", loop=self._loop),
            self.host,
            self.port,
        )

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def read_mail(content: bytes) -> tuple[str, str]:
    """Return a mail's subject and its text (RFC 5322, 2045); of HTML, the text and the addresses of its links."""
    mail = message_from_bytes(content, policy=policy.default)
    body = mail.get_body(("plain", "html")) if isinstance(mail, EmailMessage) else None
    if body is None:
        return str(mail.get("subject", "")), ""
    try:
        text = str(body.get_content())
    except (LookupError, UnicodeError):
        # An unknown character set: what is ASCII can still be read.
        text = content.decode("ascii", "replace")
    if body.get_content_subtype() == "html":
        text = " ".join(word for piece in pieces(text) for word in _words(piece))
    return str(mail.get("subject", "")), text


def _words(piece: Tag | str) -> list[str]:
    if isinstance(piece, str):
        return piece.split()
    return [piece.attributes["href"]] if piece.name == "a" and piece.attributes.get("href") else []
