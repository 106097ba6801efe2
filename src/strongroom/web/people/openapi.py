"""The OpenAPI 3.1 description of the JSON API, made of the same table that does the deeds.

Principles: none
"""

from collections.abc import Iterable
from typing import Any, Final

import orjson

from strongroom.web.people.deeds import Deed

_BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "The session that signing in brings. Browsers carry it in a cookie instead.",
}
_TOKEN: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token that was made to do this (`strongroom admin token add --right …`), with no session.",
}
_PROBLEM: Final = {
    "description": "A refusal (RFC 9457): `code` is stable, `detail` is for people.",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail", "code"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                    "principle": {"type": "string"},
                },
            }
        }
    },
}


def openapi(title: str, version: str, site_url: str, deeds: Iterable[Deed]) -> bytes:
    """Return the description as JSON."""
    paths = {f"/api/v1/{deed.path}": {"post": _operation(deed)} for deed in deeds}
    document = {
        "openapi": "3.1.0",
        "info": {"title": f"{title}: accounts", "version": version},
        "servers": [{"url": site_url.rstrip("/")}],
        "paths": dict(sorted(paths.items())),
        "components": {"securitySchemes": {"session": _BEARER, "token": _TOKEN}},
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _operation(deed: Deed) -> dict[str, Any]:
    answered = {name: {"description": about} for name, about in deed.answer.items()}
    return {
        "operationId": deed.path.replace("/", "-"),
        "summary": deed.summary,
        "description": (deed.fields.__doc__ or "").strip(),
        "security": _security(deed),
        "requestBody": {
            "required": bool(deed.fields.model_fields),
            "content": {"application/json": {"schema": deed.fields.model_json_schema()}},
        },
        "responses": {
            "200": {
                "description": "Done.",
                "content": {"application/json": {"schema": {"type": "object", "properties": answered}}},
            },
            "default": _PROBLEM,
        },
    }


def _security(deed: Deed) -> list[dict[str, list[str]]]:
    ways = ["session"] if deed.needs_session else []
    return [{way: []} for way in (*ways, *(["token"] if deed.takes_token else []))]
