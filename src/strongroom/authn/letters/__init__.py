"""The words of every letter, each written once, and how they are laid out as text and as HTML.

A template here fills the blocks of `layout.text` or `layout.html`; a blank line parts its paragraphs.

Principles: AUTHN-1.4
"""

import re
import textwrap
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

Layout = Literal["text", "html"]

_WIDTH: Final = 76
_PARTING: Final = re.compile(r"\n\s*\n")


def laid_out(template: str, layout: Layout, shown: Mapping[str, Any]) -> str:
    """Return a letter; `shown` is escaped where the layout is HTML, and must be of one line each where it is text."""
    made = _environment(layout).get_template(f"{template}.jinja").render(**shown, layout=f"layout.{layout}")
    return re.sub(r"\n{3,}", "\n\n", made).strip() + "\n"


def _paragraphs_of_text(words: str) -> str:
    parts = [" ".join(part.split()) for part in _PARTING.split(words)]
    return "\n\n".join(
        textwrap.fill(part, _WIDTH, break_long_words=False, break_on_hyphens=False) for part in parts if part
    )


def _paragraphs_of_html(words: str) -> Markup:
    # `words` is what a block made, and autoescape has been at work in it.
    parts = [" ".join(part.split()) for part in _PARTING.split(str(words))]
    return Markup("\n".join(f"<p>{part}</p>" for part in parts if part))  # noqa: S704 (see above)


def _link_in_text(url: str) -> str:
    return url


def _link_in_html(url: str) -> Markup:
    # What is shown is where it leads: readers of letters are right to look.
    return Markup('<a href="{0}">{0}</a>').format(url)


@cache
def _environment(layout: Layout) -> Environment:
    is_html = layout == "html"
    environment = Environment(
        loader=PackageLoader("strongroom.authn", "letters"),
        autoescape=is_html,  # noqa: S701 (plain text has nothing to escape)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["paragraphs"] = _paragraphs_of_html if is_html else _paragraphs_of_text
    environment.filters["linked"] = _link_in_html if is_html else _link_in_text
    return environment
