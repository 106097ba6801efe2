"""Receiving an upload: a multipart form, streamed, with a limit on everything (RFC 7578).

The file goes to a temporary file without a name, which vanishes with the process whatever happens, and is measured on
the way: size and three digests, once.

Principles: GEN-2.1
"""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from strongroom.formats import Offered
from strongroom.kernel.digests import Digests, Sha256
from strongroom.kernel.refusals import Refused

FILE_FIELD: Final = "content"
_IN_MEMORY_BYTES: Final = 1024 * 1024
_MOST_FIELDS: Final = 5000
_LONGEST_HEADER_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class FormLimits:
    """The most that one form may hold, in bytes: its file, and all its other fields together."""

    file_bytes: int
    form_bytes: int


class UploadForm:
    """One form being received: `feed` it the body, then `finish`. A context manager: the file goes away."""

    def __init__(self, content_type: bytes, limits: FormLimits, folder: Path) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary or len(boundary) > 200:
            raise Refused("bad-form", "An upload is a multipart/form-data form with a boundary.")
        self._limits: Final = limits
        self._folder: Final = folder
        self._fields: dict[str, list[str]] = {}
        self._spent_bytes = 0
        self._count = 0
        self._file: tempfile.SpooledTemporaryFile[bytes] | None = None
        self._filename = ""
        self._size_bytes = 0
        self._hashes: Final = (hashlib.sha256(), hashlib.blake2b(digest_size=32), hashlib.md5(usedforsecurity=False))
        self._complete = False
        self._begin_part()
        self._header_name = b""
        self._header_value = b""
        self._parser: Final = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_part_data": self._take,
                "on_part_end": self._end_part,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._open_part,
                "on_end": self._on_end,
            },
            max_header_count=16,
            max_header_size=_LONGEST_HEADER_BYTES,
        )

    def __enter__(self) -> "UploadForm":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the body; Refused when it breaks the form's grammar or a limit."""
        try:
            self._parser.write(piece)
        except FormParserError:
            raise Refused("bad-form", "The form is not well-formed multipart/form-data.") from None

    def finish(self) -> "tuple[Mapping[str, Sequence[str]], Offered | None, BinaryIO | None]":
        """Return fields, the file as offered, and its content; None, None without a file. Refused when cut short."""
        try:
            self._parser.finalize()
        except FormParserError:
            self._complete = False
        if not self._complete:
            raise Refused("bad-form", "The form ends before its last boundary.")
        if self._file is None:
            return self._fields, None, None
        sha256, blake2b, md5 = (measure.hexdigest() for measure in self._hashes)
        self._file.seek(0)
        offered = Offered(self._filename, self._fields, self._size_bytes, Digests(Sha256(sha256), blake2b, md5))
        require_digests(offered)
        return self._fields, offered, cast(BinaryIO, self._file)

    def _begin_part(self) -> None:
        self._name = ""
        self._is_file = False
        self._disposition = b""
        self._value = bytearray()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._spend(len(self._header_name) + len(self._header_value))
        self._header_name = self._header_value = b""

    def _open_part(self) -> None:
        _, options = parse_options_header(self._disposition)
        name, filename = options.get(b"name"), options.get(b"filename")
        self._count += 1
        if name is None or self._count > _MOST_FIELDS:
            raise Refused("bad-form", "Each part of the form has a name, and there are not thousands of them.")
        self._name = _text(name)
        self._is_file = filename is not None
        if filename is None:
            return
        if self._name not in (FILE_FIELD, "gpg_signature") or (self._name == FILE_FIELD and self._file is not None):
            raise Refused("bad-form", f"{_shown(self._name)}: should not be a file.")
        if self._name == FILE_FIELD:
            self._filename = _text(filename)
            # Without a name on disk (O_TMPFILE), so that even a killed process leaves nothing behind.
            self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES, dir=str(self._folder))  # noqa: SIM115

    def _take(self, data: bytes, start: int, end: int) -> None:
        if not (self._is_file and self._name == FILE_FIELD):
            self._spend(end - start)
            self._value += memoryview(data)[start:end]
            return
        self._size_bytes += end - start
        if self._size_bytes > self._limits.file_bytes:
            raise Refused("file-too-large", f"A file has at most {self._limits.file_bytes} bytes here.")
        piece = memoryview(data)[start:end]
        for measure in self._hashes:
            measure.update(piece)
        if self._file is not None:
            self._file.write(piece)

    def _end_part(self) -> None:
        if not self._is_file:
            self._fields.setdefault(self._name, []).append(_text(bytes(self._value)))

    def _on_end(self) -> None:
        self._complete = True

    def _spend(self, count: int) -> None:
        self._spent_bytes += count
        if self._spent_bytes > self._limits.form_bytes:
            raise Refused("file-too-large", f"The form's fields have at most {self._limits.form_bytes} bytes together.")


def require_digests(offered: Offered) -> None:
    """Refuse a form without a digest, or with one that is not the file's: the file that arrived is not the one sent."""
    measured = {
        "sha256_digest": offered.digests.sha256.hex,
        "blake2_256_digest": offered.digests.blake2b_256,
        "md5_digest": offered.digests.md5,
    }
    said = [(key, value) for key in measured for value in offered.claims.get(key, ()) if value]
    if not said:
        raise Refused(
            "digest-mismatch", "Include at least one message digest (sha256_digest is best).", principle="GEN-2.1"
        )
    for key, value in said:
        if value.strip().lower() != measured[key]:
            raise Refused(
                "digest-mismatch",
                f"The file that arrived does not have the {key} that the form says. Send it again.",
                principle="GEN-2.1",
            )


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("bad-form", "The form is not UTF-8.") from None
    if "\x00" in text:
        raise Refused("bad-form", "The form has a NUL character.")
    return text


def _shown(name: str) -> str:
    return "".join(c for c in name if c.isprintable())[:60]
