"""CBOR as WebAuthn sends it: whole numbers, bytes, text and maps of definite length (RFC 8949).

Principles: none
"""

from typing import Any


def from_cbor(content: bytes) -> Any:
    """Return the first value in these bytes; ValueError when there is none."""
    value, _ = _value(content, 0)
    return value


def _value(content: bytes, at: int) -> tuple[Any, int]:
    if at >= len(content):
        raise ValueError("the value ends early")
    major, short = content[at] >> 5, content[at] & 31
    at += 1
    if short > 27:
        raise ValueError("no value of definite length")
    width = 0 if short < 24 else 1 << (short - 24)
    count = short if not width else int.from_bytes(content[at : at + width], "big")
    at += width
    match major:
        case 0:
            return count, at
        case 1:
            return -1 - count, at
        case 2:
            return content[at : at + count], at + count
        case 3:
            return content[at : at + count].decode(), at + count
        case 5:
            pairs = {}
            for _ in range(count):
                key, at = _value(content, at)
                pairs[key], at = _value(content, at)
            return pairs, at
    raise ValueError(f"no value of major type {major} is known here")
