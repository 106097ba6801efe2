"""A project's own description, made to fit into our page.

It arrives sanitised. What is left to do: it must not look like the page around it (class names), nor take over its
anchors (ids), nor break its outline (headings); and it must read well without the pictures, which the browser will not
load.

Principles: none
"""

import re
from functools import lru_cache
from html import escape, unescape
from typing import Final

# The sanitiser writes every attribute in double quotes and every "<" of a text as "&lt;".
_TAG: Final = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s+[^\s=<>"]+(?:="[^"]*")?)*)\s*/?>')
_ATTRIBUTE: Final = re.compile(r'([^\s=<>"]+)(?:="([^"]*)")?')
_EMPTY_LINK: Final = re.compile(r"<a(?: [^<>]*)?></a>")
# Token names of the syntax highlighter, and the boxes of reStructuredText.
_KNOWN_CLASS: Final = re.compile(r"[a-z][a-z0-9]{0,2}|admonition|admonition-title")
_ADDRESSES: Final = frozenset({"id", "name", "for", "headers"})
# Left out: colours and sizes of its own, and the language of a program where the language of a text belongs.
_DROPPED: Final = frozenset({"style", "lang"})
# Landmarks are the page's, not the text's.
_LANDMARKS: Final = frozenset({"nav", "aside", "section"})
_DEEPEST: Final = 6


def fitted(html: str) -> tuple[str, bool]:
    """Return the description for the place under our own second heading, and whether pictures were put into words.

    `html` is the output of the sanitiser; what is not written as the sanitiser writes is shown as text.
    """
    # Whatever is no tag of the sanitiser's must not hold one: else a rewritten tag could end up inside an attribute.
    if "<" in _TAG.sub("", html):
        return f"<pre>{escape(html)}</pre>", False
    fitting = _Fitting()
    return _EMPTY_LINK.sub("", _TAG.sub(fitting.tag, html)), fitting.has_pictures


class _Fitting:
    """What must be remembered from tag to tag."""

    def __init__(self) -> None:
        self.has_pictures = False
        self._headings: list[str] = []
        self._depth_of_links = 0

    def tag(self, match: re.Match[str]) -> str:
        closing, name, attributes = match[1], match[2], match[3]
        if len(name) == 2 and name[0] == "h" and name[1].isdigit():
            return self._heading(closing, name, attributes)
        match name:
            case "img":
                return self._picture(dict(_ATTRIBUTE.findall(attributes)))
            case "input":
                return "[x] " if "checked" in attributes else "[ ] "
            case "a":
                self._depth_of_links += -1 if closing else 1
            case "table":
                return "</table></div>" if closing else f'<div class="scroll" tabindex="0"><table{_kept(attributes)}>'
            case "pre" if not closing:
                return f'<pre tabindex="0"{_kept(attributes)}>'
        if name in _LANDMARKS:
            name = "div"
        return f"<{closing}{name}{_kept(attributes)}>"

    def _heading(self, closing: str, name: str, attributes: str) -> str:
        if not closing:
            while self._headings and self._headings[-1] >= name:
                self._headings.pop()
            self._headings.append(name)
        level = min(2 + max(len(self._headings), 1), _DEEPEST)
        return f"<{closing}h{level}{_kept(attributes)}>"

    def _picture(self, attributes: dict[str, str]) -> str:
        words, address = unescape(attributes.get("alt", "")).strip(), attributes.get("src", "")
        if not words:
            return ""
        self.has_pictures = True
        shown = f'<span class="picture">{escape(words)}</span>'
        if self._depth_of_links or not address.startswith(("https://", "http://")):
            return shown
        return f'<a href="{address}" rel="nofollow noopener ugc">{shown}</a>'


@lru_cache(maxsize=4096)
def _kept(attributes: str) -> str:
    """Return the attributes that may stay, each led by a space."""
    kept = []
    for name, value in _ATTRIBUTE.findall(attributes):
        if name in _DROPPED:
            continue
        if name == "class":
            value = " ".join(word for word in value.split() if _KNOWN_CLASS.fullmatch(word))
            if not value:
                continue
        elif name in _ADDRESSES:
            value = f"in-{value}"
        elif name == "href" and value.startswith("#") and value != "#top":
            value = f"#in-{value[1:]}"
        elif name == "rel":
            value = "nofollow noopener ugc"
        kept.append(f' {name}="{value}"')
    return "".join(kept)
