"""Encoding an upload form, honestly or not.

Principles: none
"""

from collections.abc import Mapping, Sequence

from tests.worlds import Made

BOUNDARY = "strongroom-test-boundary"


def encode(file: Made, extra: Mapping[str, Sequence[str]] | None = None) -> tuple[bytes, str]:
    """Return body and content type of the form that publishes `file`."""
    fields = {
        ":action": ["file_upload"],
        "protocol_version": ["1"],
        "sha256_digest": [file.offered().digests.sha256.hex],
        **file.claims,
        **(extra or {}),
    }
    body = b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, values in fields.items()
        for value in values
    )
    body += (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="content"; filename="{file.filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    return body + file.content + f"\r\n--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"
