"""HTML of strangers, taken apart in one pass: time grows with the length of the page, whatever is on it.

The standard library's parser looks ahead again and again for the end of what never ends. Here what has no end is where
reading ends: less is read than a browser might show, and never more.

Principles: none
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final

LONGEST_TAG: Final = 8000

_NAME: Final = re.compile(r"/?[a-zA-Z][^\s/>]*")
_END_OR_QUOTE: Final = re.compile(r"[>\"']")
_ATTRIBUTE: Final = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
_RAW_END: Final = {
    name: re.compile(rf"</{name}[\s/>]", re.IGNORECASE) for name in ("script", "style", "textarea", "xmp")
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its name in small letters, whether it closes, and its attributes; of several of a name the first."""

    name: str
    closes: bool
    attributes: Mapping[str, str]


def pieces(html: str) -> Iterator[Tag | str]:
    """Yield the tags and the texts of a page in order, entities resolved; no comment, no script, no style."""
    at = 0
    while (start := html.find("<", at)) != -1:
        if start > at:
            yield unescape(html[at:start])
        name = _NAME.match(html, start + 1)
        if name is not None:
            end = _end_of_tag(html, name.end())
            if end == -1:
                return
            tag = _tag(name[0], html[name.end() : end])
            yield tag
            at = _after_raw(html, tag, end + 1)
        elif html.startswith(("<!", "<?", "</"), start):
            closing = "-->" if html.startswith("<!--", start) else ">"
            end = html.find(closing, start + 2)
            at = end + len(closing) if end != -1 else -1
        else:
            yield "<"
            at = start + 1
        if at == -1:
            return
    yield unescape(html[at:])


def _end_of_tag(html: str, at: int) -> int:
    while (found := _END_OR_QUOTE.search(html, at)) is not None:
        if found[0] == ">":
            return found.start()
        at = html.find(found[0], found.end()) + 1
        if at == 0:
            return -1
    return -1


def _tag(name: str, rest: str) -> Tag:
    attributes: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(rest[:LONGEST_TAG]):
        value = found[2] or ""
        attributes.setdefault(found[1].lower(), unescape(value[1:-1] if value[:1] in ("'", '"') else value))
    return Tag(name.removeprefix("/").lower()[:40], name.startswith("/"), attributes)


def _after_raw(html: str, tag: Tag, at: int) -> int:
    """Return where reading goes on after a tag: behind a script's or a style's text; -1 when that has no end."""
    if tag.closes or tag.name not in _RAW_END:
        return at
    end = _RAW_END[tag.name].search(html, at)
    return end.start() if end is not None else -1
