"""Filling in a driver's templates, and reading values out of answers.

Principles: none
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from strongroom.assess.drivers.listings import packument_files, simple_files

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)(:[a-z0-9]+)?\}")
_WHOLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_NONE = re.compile(r"\{([a-z][a-z0-9_]*):none\}")


def fill(template: Any, given: Mapping[str, Any]) -> Any:
    """Return the template with every `{name}` replaced; a text that is nothing but `{name}` becomes the value itself.

    `{name:path}` is quoted for a URL's path, `{name:pypi}` is a project's normalised name, `{name:base64}` is encoded
    so; a text that is nothing but `{name:none}` says whether the value is empty. ValueError when a name is not given.
    """
    if isinstance(template, Mapping):
        return {key: fill(value, given) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(each, given) for each in template]
    if not isinstance(template, str):
        return template
    whole = _WHOLE.fullmatch(template)
    if whole:
        return _value(whole[1], given)
    none = _NONE.fullmatch(template)
    if none:
        return not _value(none[1], given)
    return _PLACE.sub(lambda place: _formatted(_value(place[1], given), place[2]), template)


def arguments(template: tuple[str, ...], given: Mapping[str, Any]) -> list[str]:
    """Return a command's words; `*--flag:names` stands for the flag and a value, once for each value of the list."""
    words: list[str] = []
    for part in template:
        if part.startswith("*"):
            flag, _, name = part[1:].partition(":")
            words += [word for each in given.get(name, ()) for word in (flag, str(each))]
        else:
            words.append(str(fill(part, given)))
    return words


def _value(name: str, given: Mapping[str, Any]) -> Any:
    if name not in given:
        raise ValueError(f"the operation is not given its {name}")
    return given[name]


def _formatted(value: Any, form: str | None) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    match form:
        case ":base64":
            return base64.b64encode(text.encode()).decode()
        case ":path":
            return quote(text, safe="")
        case ":pypi":
            return re.sub(r"[-_.]+", "-", text).lower()
        case None:
            return text
    raise ValueError(f"there is no form {form}")


def is_given(where: str) -> bool:
    """Report whether a value is not read from an answer, but made of what the operation was given."""
    return where.startswith("given:")


def read(where: str, text: str, document: Any, headers: Mapping[str, str]) -> Any:
    """Return the value that `where` names in an answer, None when it is not there.

    `json:/a/b/0` is a place in a JSON document, `json:` the whole of it; `header:name` a header; `regex:…` the first
    group of the first match in the text, `regexes:…` of every match; `text:` the text itself; `simple:` the files of a
    simple index page, `packument:` those of an npm package document. `list:/changes kind=action serial=serial` is the
    list at a place in a JSON document, each thing with what it holds at the places named. What begins with `given:` is
    not in the answer: it is a template, filled with what the operation was given (`is_given`).
    """
    way, _, rest = where.partition(":")
    match way:
        case "json":
            return place(document, rest)
        case "header":
            return headers.get(rest.lower())
        case "regex":
            found = re.search(rest, text)
            return found[1] if found else None
        case "regexes":
            return [match[1] for match in re.finditer(rest, text)]
        case "text":
            return text
        case "simple":
            return simple_files(text, document)
        case "packument":
            return packument_files(document)
        case "list":
            return _listed(document, *rest.split())
    raise ValueError(f"{where!r} names no place in an answer")


def _listed(document: Any, pointer: str, *fields: str) -> list[dict[str, Any]] | None:
    found = place(document, pointer)
    if not isinstance(found, list):
        return None
    pairs = [field.partition("=")[::2] for field in fields]
    return [{name: place(each, inner) for name, inner in pairs} for each in found]


def place(document: Any, pointer: str) -> Any:
    """Return what lies at a JSON pointer (RFC 6901, without its escapes), None when nothing does."""
    for step in filter(None, pointer.split("/")):
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document
