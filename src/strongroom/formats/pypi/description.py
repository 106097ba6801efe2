"""The long description, as HTML that is safe to show.

Principles: none
"""

import email.message
import re
from collections.abc import Callable, Iterator

from strongroom.formats.pypi.archives.paths import shown
from strongroom.kernel.refusals import Refused

#: Renders text of a content type as sanitised HTML, or refuses; an application may hand in one with a deadline.
Renderer = Callable[[str, str], str]

#: The refusal of a renderer with a deadline, which an application may hand in.
TOO_SLOW = "description-too-slow"

DESCRIPTION_LIMIT_CHARACTERS = 1024 * 1024
RST_LIMIT_CHARACTERS = 128 * 1024
CELLS_LIMIT = 3_000

# A corner of a grid table, whose parser is slow; the border of a simple table of more than 50 columns; and a
# substitution by text: where one has another in it, a chain of them grows exponentially.
_CORNER = re.compile(r"\+[-=+]")
_WIDE = re.compile(r"^[ \t]*=+(?:[ \t]+=+){50}", re.MULTILINE)
_SUBSTITUTION = re.compile(r"^[ \t]*\.\. +(\|[^|\n]+\|)[ \t]+replace::.*(?:\n[ \t]+.*)*", re.MULTILINE)

# docutils answers some malformed texts with an error of its own making instead of a message.
_RENDERER_ERRORS = (
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
)


def require_renders(text: str, content_type: str, renderer: "Renderer | None" = None) -> None:
    """Refuse a description that cannot be shown in the content type that it declares.

    Plain text and Markdown always can; so only reStructuredText is rendered for this.
    """
    if len(text) > DESCRIPTION_LIMIT_CHARACTERS:
        raise _does_not_render(f"It has more than {DESCRIPTION_LIMIT_CHARACTERS} characters; shorten it")
    if "rst" in content_type.lower() and text.strip():
        (renderer or render)(text, content_type)


def render(text: str, content_type: str) -> str:
    """Return a description as sanitised HTML, free of script, style and frames.

    `content_type` is as declared: `text/markdown` (with `variant`), `text/x-rst` or `text/plain`; "" stands for
    reStructuredText where that renders, and plain text where not. Refused when it does not render as declared.
    """
    media_type, variant = _media_type(content_type)
    if not text.strip():
        return ""
    if media_type == "text/markdown":
        from readme_renderer import markdown

        return str(markdown.render(text, variant=variant) or "")
    if media_type == "text/plain":
        return _plain(text)
    html = _rst(text)
    if html is None and content_type:
        raise _does_not_render(f"It is no valid {shown(content_type)}, or too much of it; check it with `twine check`")
    return _plain(text) if html is None else html


def _rst(text: str) -> str | None:
    if len(text) > RST_LIMIT_CHARACTERS or _is_costly(text):
        return None
    # docutils takes a tenth of a second to import.
    from readme_renderer import rst

    try:
        html = rst.render(text)
    except _RENDERER_ERRORS:
        return None
    return None if html is None else str(html)


def _is_costly(text: str) -> bool:
    """Report whether docutils would work for many seconds on a text that is short."""
    if _WIDE.search(text) or sum(1 for _ in _CORNER.finditer(text)) > CELLS_LIMIT:
        return True
    return any("|" in body.replace(name, "") for name, body in _substitutions(text))


def _substitutions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name (with its bars) and the whole of each substitution that is defined by text."""
    for match in _SUBSTITUTION.finditer(text):
        yield match[1], match[0]


def _plain(text: str) -> str:
    from readme_renderer import txt

    return str(txt.render(text) or "")


def _media_type(content_type: str) -> tuple[str, str]:
    message = email.message.EmailMessage()
    message["content-type"] = content_type or "text/x-rst"
    variant = message["content-type"].params.get("variant", "GFM")
    return message.get_content_type(), variant


def _does_not_render(why: str) -> Refused:
    return Refused("description-does-not-render", f"The description does not render. {why}.")
