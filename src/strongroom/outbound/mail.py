"""Letters go out: through a mail relay by SMTP, or, where there is none, into a folder that the operator reads.

Principles: AUTHN-1.4
"""

import contextlib
import os
import re
import smtplib
import ssl
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Final, Literal, TypeAlias

import idna

from strongroom.authn.notices import Letter, Undelivered
from strongroom.kernel.secrets import Secret
from strongroom.outbound.fetching import is_loopback

Security = Literal["none", "starttls", "tls"]
Clock = Callable[[], datetime]
Policy: TypeAlias = "EmailPolicy[EmailMessage]"

KEPT: Final = 1000
_LONGEST_ADDRESS: Final = 254
# RFC 4954, 6: the relay wants another proof of us; the letter is as good as any.
_ABOUT_US: Final = frozenset({530, 534, 535, 538})
# RFC 5322, 3.2.3: a dot-atom; RFC 6531, 3.3 adds what is beyond ASCII. Nobody's address needs the quoted form,
# and one that looks like an encoded word (RFC 2047) is there to be read as another address.
_LOCAL: Final = re.compile(r"(?!.*=\?)[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u00a1-\U0010ffff-]+")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
# Every relay takes ASCII; a file on a disk is read by people, as it is.
_FOR_RELAYS: Final = SMTP.clone(cte_type="7bit")
_FOR_READERS: Final = SMTP.clone(cte_type="8bit", utf8=True, linesep="\n", max_line_length=990)


def message_of(letter: Letter, sender: str, now: datetime, policy: Policy = _FOR_RELAYS) -> EmailMessage:
    """Return the letter as a message (RFC 5322, RFC 2046 multipart/alternative).

    ValueError when an address cannot be one, or anything that goes into a header has a line break or another control
    character: nobody adds a header, or a recipient, through a name.
    """
    message = EmailMessage(policy)
    name, address = parseaddr(sender)
    origin = parse_recipient(address)
    message["From"] = Address(_one_line(name), origin.username, origin.domain)
    message["To"] = parse_recipient(letter.to)
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=origin.domain)
    # RFC 3834, section 5: what keeps out-of-office replies from coming back.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


def parse_recipient(raw: str) -> Address:
    """Return one address whose domain is in ASCII (RFC 5891); ValueError when it cannot be one, or is several."""
    local, _, domain = _one_line(raw).rpartition("@")
    try:
        address = Address("", local, domain if domain.isascii() else idna.encode(domain, uts46=True).decode())
    except (UnicodeError, HeaderParseError) as error:
        raise ValueError("that is not one e-mail address") from error
    if len(raw) > _LONGEST_ADDRESS or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(address.domain):
        raise ValueError("that is not one e-mail address")
    return address


def _made(letter: Letter, sender: str, now: datetime, policy: Policy) -> EmailMessage:
    try:
        return message_of(letter, sender, now, policy)
    except ValueError as error:
        # Not a bug of whoever sends: one bad address must not hold up the queue behind it.
        raise Undelivered(str(error), is_permanent=True) from error


def _one_line(text: str) -> str:
    if any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" for c in text):
        raise ValueError("a line break or a control character does not belong into the head of a letter")
    return text


class SmtpPostbox:
    """A mail relay (RFC 5321). Each letter goes over a connection of its own, checked against the system's authorities.

    `security`: "tls" from the first byte (RFC 8314), "starttls" or nothing at all, "none". `timeout_seconds` limits
    every step. ValueError for a password that would travel in the clear to another machine.
    """

    def __init__(
        self,
        host: str,
        port: int,
        security: Security,
        *,
        sender: str,
        clock: Clock,
        username: str = "",
        password: Secret | None = None,
        timeout_seconds: float = 10.0,
    ) -> None:
        if password is not None and security == "none" and not is_loopback(host):
            raise ValueError("a password for the mail relay goes over TLS: set security to starttls or tls")
        if password is not None and not (username + password.reveal()).isascii():
            raise ValueError("user name and password of the mail relay are ASCII")
        self._host, self._port, self._security = host, port, security
        self._username, self._password = username, password
        self._sender, self._clock, self._timeout_seconds = sender, clock, timeout_seconds
        self._origin = parse_recipient(parseaddr(sender)[1])

    def send(self, letter: Letter) -> None:
        """Hand the letter to the relay; Undelivered when it does not take it.

        A refusal of this letter for good (5yz) is permanent, and so is a letter that cannot be one (see `message_of`).
        What only concerns the way there is not: the operator may mend a wrong password, or a certificate.
        """
        message = _made(letter, self._sender, self._clock(), _FOR_RELAYS)
        to = parse_recipient(letter.to).addr_spec
        try:
            with self._connected() as relay:
                try:
                    relay.send_message(message, self._origin.addr_spec, [to])
                except smtplib.SMTPRecipientsRefused as error:
                    raise _refused(*error.recipients[to]) from error
                except smtplib.SMTPResponseException as error:
                    raise _refused(error.smtp_code, error.smtp_error) from error
                except smtplib.SMTPNotSupportedError as error:
                    raise Undelivered("the relay takes no address beyond ASCII (SMTPUTF8)", True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise Undelivered(
                _printable(f"{self._host}:{self._port}: {error or type(error).__name__}"), False
            ) from error

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        # Without a name given, smtplib asks the network for this machine's.
        name = self._origin.domain
        if self._security == "tls":
            secured = ssl.create_default_context()
            relay: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, name, timeout=self._timeout_seconds, context=secured
            )
        else:
            relay = smtplib.SMTP(self._host, self._port, name, timeout=self._timeout_seconds)
        try:
            if self._security == "starttls":
                # Raises when the relay does not offer it: no letter goes in the clear because somebody cut that line.
                relay.starttls(context=ssl.create_default_context())
            if self._password is not None:
                relay.login(self._username, self._password.reveal())
            yield relay
            # The letter is taken: a relay that does not say goodbye must not get it twice.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                relay.quit()
        finally:
            relay.close()


def _refused(code: int, reply: bytes | str) -> Undelivered:
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    # RFC 5321, 4.2.1: "5yz … The SMTP client SHOULD NOT repeat the exact request".
    return Undelivered(_printable(f"{code} {words}"), 500 <= code < 600 and code not in _ABOUT_US)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:300]


class FolderPostbox:
    """A folder in place of a relay: one file a letter, for its owner's eyes; the newest thousand are kept."""

    def __init__(self, folder: Path, *, sender: str, clock: Clock) -> None:
        self._folder, self._sender, self._clock = folder, sender, clock
        parse_recipient(parseaddr(sender)[1])

    def send(self, letter: Letter) -> None:
        """Put the letter into the folder; Undelivered when the disk does not take it, or it cannot be a letter."""
        now = self._clock()
        content = _made(letter, self._sender, now, _FOR_READERS).as_bytes()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp: "readable and writable only by the creating user ID".
            number, part = tempfile.mkstemp(prefix=f"{now:%Y%m%dT%H%M%S.%f}-", suffix=".part", dir=self._folder)
            with os.fdopen(number, "wb") as file:
                file.write(content)
            Path(part).replace(part.removesuffix(".part") + ".eml")
            for old in sorted(self._folder.glob("*.eml"))[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            raise Undelivered(f"{self._folder}: {error.strerror}", False) from error
