"""A project's description in our page: it may say what it likes, and look like nothing but itself.

Principles: none
"""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readme_renderer import clean

from strongroom.formats.pypi.description import render
from strongroom.web.pages.descriptions import fitted


class Outline(HTMLParser):
    """What is in a piece of HTML: its tags in order with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def names(self) -> list[str]:
        return [name for name, _ in self.tags]


def shown(html: str) -> Outline:
    """Return what a browser would make of `html` once it is sanitised and fitted."""
    return Outline(fitted(clean.clean(html) or "")[0])


def test_its_headings_come_below_ours_and_skip_no_level() -> None:
    html = "<h1>a</h1><h4>b</h4><h4>c</h4><h2>d</h2><h6>e</h6><h1>f</h1>"
    assert shown(html).names() == ["h3", "h4", "h4", "h4", "h5", "h3"]


def test_it_cannot_dress_as_a_part_of_the_page() -> None:
    html = '<div class="state danger" style="position:fixed" id="main"><p class="mark">x</p><aside>y</aside></div>'
    assert shown(html).tags == [("div", {"id": "in-main"}), ("p", {}), ("div", {})]


def test_its_highlighted_code_keeps_its_colours() -> None:
    assert fitted(render("```python\nimport x\n```", "text/markdown"))[0].count('class="kn"') == 1


def test_its_links_to_itself_still_arrive() -> None:
    page = shown('<a href="#usage">x</a><h2 id="usage">y</h2><a href="#top">z</a>')
    assert [tag[1].get("href", tag[1].get("id")) for tag in page.tags] == ["#in-usage", "in-usage", "#top"]


def test_its_links_vouch_for_nothing() -> None:
    assert shown('<a href="https://example.org/">x</a>').tags[0][1]["rel"] == "nofollow noopener ugc"


def test_a_picture_is_shown_as_its_words_with_a_way_to_it() -> None:
    html, has_pictures = fitted(
        clean.clean('<img src="https://x.example/?a=1&b=2" alt="a &quot;plan&quot; <b>">') or ""
    )
    assert has_pictures
    assert html == (
        '<a href="https://x.example/?a=1&amp;b=2" rel="nofollow noopener ugc">'
        '<span class="picture">a &#34;plan&#34; &lt;b&gt;</span></a>'
    ).replace("&#34;", "&quot;")


def test_a_picture_inside_a_link_makes_no_second_link() -> None:
    page = shown('<a href="https://ci.example/"><img src="https://x.example/b.svg" alt="passing"></a>')
    assert page.names() == ["a", "span"]
    assert page.text == "passing"


def test_a_picture_without_words_leaves_no_empty_link_behind() -> None:
    assert fitted(clean.clean('<a href="https://ci.example/"><img src="https://x.example/b.svg"></a>') or "") == (
        "",
        False,
    )


def test_ticked_boxes_are_words() -> None:
    assert shown('<ul><li><input type="checkbox" checked> a<li><input type="checkbox"> b</ul>').text == "[x]  a[ ]  b"


def test_what_can_scroll_can_be_reached_with_the_keyboard() -> None:
    page = shown("<pre>x</pre><table><tr><td>y</td></tr></table>")
    assert page.tags[0] == ("pre", {"tabindex": "0"})
    assert page.tags[1] == ("div", {"class": "scroll", "tabindex": "0"})


def test_what_is_not_written_as_the_sanitiser_writes_is_shown_as_text() -> None:
    for html in ("<p onclick='x'>", '<a title="<img alt=1', "a < b", "<!-- c -->", "<P>"):
        assert Outline(fitted(html)[0]).names() == ["pre"]


@pytest.mark.parametrize("title", ['<img src="x" alt="y">', "<h1>", "</a>", '"><script>', "&lt;img&gt;"])
def test_a_tag_in_an_attribute_stays_there(title: str) -> None:
    html = clean.clean(f'<a href="https://x.example/" title="{title.replace(chr(34), "&quot;")}">x</a>') or ""
    assert [name for name in Outline(fitted(html)[0]).names() if name not in ("a", "pre")] == []


ALLOWED = clean.ALLOWED_TAGS - {"h1", "h2", "img", "input", "nav", "aside", "section"}
PIECES = st.sampled_from(
    [
        "# a\n",
        "<h1>",
        "</h1>",
        "<img src=https://x/ alt='",
        "<a href='#x' title='",
        "'>",
        "</a>",
        "<input checked>",
        "\n",
        "<table><tr><td>",
        "</table>",
        "<pre class='state'>",
        '"',
        "<",
        ">",
        "&",
        "x",
        "- [x] y\n",
        "```\n",
        "<aside id=q>",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=200))
def test_whatever_it_is_nothing_comes_out_that_the_sanitiser_would_not_let_in(text: str) -> None:
    page = Outline(fitted(render(text, "text/markdown"))[0])
    for name, attributes in page.tags:
        assert name in ALLOWED
        assert not {each for each in attributes if each.startswith("on") or each in ("style", "src", "srcset")}
        assert set((attributes.get("class") or "").split()) <= {"scroll", "picture"} or name in ("span", "div", "p")
        assert (attributes.get("id") or "in-").startswith("in-")
