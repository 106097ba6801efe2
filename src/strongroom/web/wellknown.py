"""What machines look for under /.well-known/: whom to tell of a weakness, and what this repository says of itself.

Principles: GEN-1.1
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from strongroom.principles import upholds
from strongroom.principles.catalogue import framework
from strongroom.web.http import INERT, Receive, Scope, Send, answer
from strongroom.web.pages.policies import POLICIES

SECURITY_TXT: Final = "/.well-known/security.txt"
DESCRIPTION: Final = "/.well-known/package-repository-security.json"
SCHEMA: Final = "/.well-known/package-repository-security.schema.json"

_FOR_AN_HOUR: Final = [(b"cache-control", b"public, max-age=3600"), *INERT]


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom researchers tell, until when the operator promises that somebody reads it, and the address of the policy.

    `policy` is "" where the operator has none; `gives_safe_harbour` is what they say of it.
    """

    uri: str
    expires: date
    policy: str = ""
    gives_safe_harbour: bool = False


@upholds("GEN-1.1a")
def security_txt(contact: Contact, site_url: str) -> bytes:
    """Return the file as RFC 9116 has it; it goes stale at the end of the day that the operator named."""
    lines = [f"Contact: {contact.uri}", f"Expires: {contact.expires.isoformat()}T23:59:59Z"]
    if contact.policy:
        lines.append(f"Policy: {contact.policy}")
    # "If this field indicates a web URI, then it MUST begin with https://".
    if site_url.startswith("https://"):
        lines.append(f"Canonical: {site_url.rstrip('/')}{SECURITY_TXT}")
    return "\r\n".join([*lines, "Preferred-Languages: en", ""]).encode()


def description(title: str, product: str, site_url: str, contact: Contact | None) -> bytes:
    """Return what the repository says of itself, in the form of `schema`; its own addresses are paths of its host."""
    root = urlsplit(site_url).path.rstrip("/")
    documents: list[dict[str, Any]] = [
        {"url": f"{root}/policies/{slug}/", "title": each.title, "clauses": list(each.clauses)}
        for slug, each in POLICIES.items()
    ]
    endpoints = {"index": f"{root}/simple/", "upload": f"{root}/legacy/", "events": f"{root}/changes.json"}
    if contact is not None:
        endpoints["security_txt"] = SECURITY_TXT
        if contact.policy:
            clauses = ["GEN-1.1a", *(["GEN-1.1b"] if contact.gives_safe_harbour else [])]
            documents.append({"url": contact.policy, "title": "Disclosure of vulnerabilities", "clauses": clauses})
    said = {
        "version": 1,
        "framework": {"name": framework().name, "version": framework().version},
        "repository": {"title": title, "product": product, "ecosystem": "pypi"},
        "updated": max(each.since for each in POLICIES.values()),
        "taxonomy": {"accounts": ["yes"], "accepts": ["built"], "identity": ["local"], "audience": ["organisation"]},
        "documents": documents,
        "endpoints": endpoints,
    }
    return orjson.dumps({"$schema": f"{root}{SCHEMA}", **said}, option=orjson.OPT_INDENT_2)


def schema() -> bytes:
    """Return the JSON Schema of a self-description."""
    return files("strongroom.principles").joinpath("package-repository-security.schema.json").read_bytes()


class WellKnown:
    """The endpoints, each an ASGI application whose answer is made once."""

    def __init__(self, title: str, product: str, site_url: str, contact: Contact | None) -> None:
        self._description: Final = description(title, product, site_url, contact)
        self._security_txt: Final = security_txt(contact, site_url) if contact is not None else b""
        self._schema: Final = schema()

    def routes(self) -> Sequence[tuple[str, Any]]:
        """Return each address with what answers it; security.txt only where the operator has named whom to tell."""
        always = [(DESCRIPTION, self.describe), (SCHEMA, self.show_schema)]
        return always if not self._security_txt else [(SECURITY_TXT, self.security), *always]

    async def security(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with security.txt."""
        # "It MUST have a Content-Type of 'text/plain' with the default charset parameter set to 'utf-8'."
        await answer(send, 200, self._security_txt, b"text/plain; charset=utf-8", _FOR_AN_HOUR)

    async def describe(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what the repository says of itself."""
        await answer(send, 200, self._description, b"application/json", _FOR_AN_HOUR)

    async def show_schema(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the schema of a self-description."""
        await answer(send, 200, self._schema, b"application/schema+json", _FOR_AN_HOUR)
