"""Descriptions become HTML that can do nothing, or are refused.

Principles: none
"""

import time
from html.parser import HTMLParser

import pytest

from strongroom.formats.pypi.description import render, require_renders
from strongroom.kernel.refusals import Refused

ATTACKS = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">a</a>',
    "[a](javascript:alert(1))",
    "<iframe src='https://example.org'></iframe>",
    "<style>body{display:none}</style>",
    "<form action='https://example.org'><input name=password></form>",
    "<svg onload=alert(1)>",
]
FORBIDDEN = {"script", "iframe", "style", "form", "svg", "object", "embed", "base", "link", "meta"}


class Active(HTMLParser):
    """Collects what a browser would run, load or submit."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a forbidden tag, an event handler and a link that is a script."""
        self.found += [tag] if tag in FORBIDDEN else []
        self.found += [name for name, value in attrs if name.startswith("on") or "script:" in (value or "")]


@pytest.mark.parametrize("content_type", ["text/markdown", "text/x-rst", "text/plain", ""])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_description_brings_active_content(attack: str, content_type: str) -> None:
    active = Active()
    active.feed(render(f"Text\n\n{attack}\n", content_type))
    assert active.found == []


def test_each_content_type_is_rendered_as_itself() -> None:
    assert "<em>" in render("*a*", "text/markdown; variant=CommonMark")
    assert "<em>" in render("*a*", "text/x-rst; charset=UTF-8")
    assert render("*a* <b>", "text/plain") == "*a* &lt;b&gt;"
    assert render("  \n", "text/x-rst") == ""


@pytest.mark.parametrize(
    "text", [".. raw:: html\n\n   <b>x</b>", ".. include:: /etc/passwd", "A long title\n====", "`a`_"]
)
def test_a_description_that_does_not_render_as_declared_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="description-does-not-render"):
        require_renders(text, "text/x-rst")
    require_renders(text, "text/plain")
    require_renders(text, "")
    assert render(text, "")


def test_a_description_without_end_is_refused() -> None:
    with pytest.raises(Refused, match="description-does-not-render"):
        require_renders("a" * (1024 * 1024 + 1), "text/plain")
    with pytest.raises(Refused, match="description-does-not-render"):
        require_renders("a " * (128 * 1024 + 1), "text/x-rst")


@pytest.mark.parametrize(
    "text", ["(" * 5000, "> " * 5000, "[" * 5000, "* " * 2000, "`" * 5000, "|" * 5000, "\n-" * 5000]
)
def test_a_description_made_to_tire_its_renderer_does_not(text: str) -> None:
    started = time.process_time()
    for content_type in ("text/markdown", "text/x-rst"):
        try:
            render(text, content_type)
        except Refused:
            continue
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text",
    [
        "= " * 4000 + "\n" + ("a " * 4000 + "\n") * 10 + "= " * 4000 + "\n",
        "+" + "-+" * 2000 + "\n" + ("|" + "a|" * 2000 + "\n+" + "-+" * 2000 + "\n") * 10,
        "".join(f".. |a{n}| replace:: |a{n + 1}| |a{n + 1}| |a{n + 1}|\n" for n in range(14)) + "\n|a0|",
    ],
    ids=["simple table", "grid table", "substitutions"],
)
def test_what_docutils_would_work_on_for_long_is_refused_at_once(text: str) -> None:
    started = time.process_time()
    with pytest.raises(Refused, match="description-does-not-render"):
        require_renders(text, "text/x-rst")
    assert time.process_time() - started < 1
