"""Documented evidence: a page that somebody names is fetched, and the sentence that counts is quoted from it.

That a page is there says little: sites answer addresses that do not exist with a page too. So an address that nobody
can have made is asked for first. And a word on a page is no policy: somebody must have said which clause it speaks of.

Principles: AUTHN-1.2, GEN-1.1, GEN-2.1
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

from strongroom.assess.evidence import Evidence
from strongroom.assess.markup import Tag, pieces
from strongroom.assess.stage import Stage
from strongroom.assess.wire import Reply, Unreachable, Wire, is_public_host
from strongroom.principles.catalogue import Grade

LIMIT_CHARACTERS: Final = 500_000
LONGEST_QUOTE: Final = 300
MOST_REDIRECTIONS: Final = 5

_READABLE: Final = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown")
_UNSEEN: Final = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object", "select"})
_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr", "source", "track", "area", "col", "embed"})
_INLINE: Final = frozenset(
    (
        "a",
        "abbr",
        "b",
        "cite",
        "code",
        "em",
        "i",
        "kbd",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
    )
)
_SENTENCE_ENDS: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_ALIKE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Document:
    """One page as a reader sees it: where it was found, its words, and the exchange that brought it."""

    url: str
    text: str
    exchange: int

    @property
    def sha256(self) -> str:
        """The digest of the words, in hexadecimal: it changes when what is said does, not when a script does."""
        return hashlib.sha256(" ".join(self.text.split()).encode()).hexdigest()

    def quote(self, *patterns: re.Pattern[str]) -> str:
        """Return the first sentence in which one of the patterns is found; empty when there is none."""
        for sentence in _SENTENCE_ENDS.split(self.text):
            if match := next((found for each in patterns if (found := each.search(sentence))), None):
                start = max(0, min(match.start(), len(sentence) - LONGEST_QUOTE))
                return " ".join(sentence[start : start + LONGEST_QUOTE].split())
        return ""


def words_of(html: str) -> str:
    """Return the text of a page that a reader sees: no script, no style, nothing hidden, a line for each block."""
    parts: list[str] = []
    unseen: list[str] = []
    within: Counter[str] = Counter()
    for piece in pieces(html):
        if isinstance(piece, str):
            if not unseen:
                # White space of the source, a line break too, is one space to a reader.
                parts.append(re.sub(r"\s+", " ", piece))
            continue
        if piece.name not in _INLINE:
            parts.append("\n")
        if piece.closes:
            while within[piece.name]:
                last = unseen.pop()
                within[last] -= 1
                if last == piece.name:
                    break
        elif piece.name not in _VOID and (unseen or _is_hidden(piece)):
            unseen.append(piece.name)
            within[piece.name] += 1
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(filter(None, lines))


def _is_hidden(tag: Tag) -> bool:
    style = tag.attributes.get("style", "").replace(" ", "").lower()
    return tag.name in _UNSEEN or "hidden" in tag.attributes or "display:none" in style


def is_public(url: str) -> bool:
    """Report whether a web address leads to the public network, and nowhere into the one that the reader is in."""
    parts = urlsplit(url)
    return parts.scheme == "https" and is_public_host(parts.hostname or "")


@dataclass
class Library:
    """What one run has read, each address once. `named` is what whoever runs it says: the pages on a clause.

    `known` are digests of what was read before, by address; `may_read` decides of every host but the target's own.
    """

    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    may_read: Callable[[str], bool] = is_public
    _replies: dict[str, Reply | None] = field(default_factory=dict)
    _nowhere: dict[str, Document | None] = field(default_factory=dict)

    def reply(self, wire: Wire, address: str) -> Reply | None:
        """Return the answer at an address, after redirections; None when it may not be read, or another host is silent.

        Raises Unreachable when the target itself is.
        """
        url = urldefrag(urljoin(wire.base, address)).url
        if url not in self._replies:
            self._replies[url] = self._fetch(wire, url)
        return self._replies[url]

    def _fetch(self, wire: Wire, url: str) -> Reply | None:
        for _ in range(MOST_REDIRECTIONS):
            own = _is_own(wire, url)
            # A page that the target names may lie anywhere, and must not lead the reader into its own network.
            if not own and not self.may_read(url):
                return None
            try:
                reply = wire.send("GET", url, headers={"Accept": "text/html, */*;q=0.5"}, elsewhere=True, follows=False)
            except Unreachable:
                if own:
                    raise
                return None
            if reply.status not in (301, 302, 303, 307, 308) or "location" not in reply.headers:
                return reply
            url = urldefrag(urljoin(url, reply.headers["location"])).url
        return None

    def document(self, stage: Stage, address: str) -> Document | None:
        """Return the page at an address; None when there is none, or any other address brings the like of it."""
        url = urljoin(stage.wire.base, address)
        page = _page(self.reply(stage.wire, address))
        if page is None:
            return None
        stage.exchanges.append(page.exchange)
        nowhere = self._page_of_nowhere(stage, url)
        return None if nowhere is not None and _are_alike(page, nowhere) else page

    def answers_everything(self, stage: Stage, address: str) -> bool:
        """Report whether the site of an address has a page for addresses that do not exist."""
        return self._page_of_nowhere(stage, urljoin(stage.wire.base, address)) is not None

    def _page_of_nowhere(self, stage: Stage, url: str) -> Document | None:
        site = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        if site not in self._nowhere:
            self._nowhere[site] = _page(self.reply(stage.wire, f"{site}/{stage.prefix}{stage.chance.text(10)}"))
        return self._nowhere[site]

    def changed(self, document: Document, address: str) -> bool:
        """Report whether a page was read before and said something else then."""
        before = self.known.get(address) or self.known.get(document.url)
        return before is not None and before != document.sha256


def _is_own(wire: Wire, url: str) -> bool:
    parts = urlsplit(url)
    return parts.netloc == urlsplit(wire.base).netloc and parts.scheme in ("http", "https")


def _page(reply: Reply | None) -> Document | None:
    if reply is None or reply.status != 200:
        return None
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _READABLE:
        return None
    text = reply.text[:LIMIT_CHARACTERS]
    return Document(reply.url, words_of(text) if "html" in kind else text, reply.number)


def _are_alike(one: Document, other: Document) -> bool:
    if one.url == other.url:
        return True
    mine, theirs = set(one.text.split()), set(other.text.split())
    return not mine or len(mine & theirs) >= _ALIKE * len(mine | theirs)


def library_of(stage: Stage) -> Library:
    """Return the run's library; a new one where the run has none."""
    found = stage.tools.get("library")
    return found if isinstance(found, Library) else Library()


def reread(stage: Stage, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return evidence of earlier days without what rested on pages that are gone; a page that changed is said to have.

    Only documented evidence whose source is an address is read again. "If it disappears it is stale at once."
    """
    library, kept = library_of(stage), []
    for each in evidence:
        if each.grade is not Grade.DOCUMENTED or not each.source.startswith(("https://", "http://")):
            kept.append(each)
            continue
        page = library.document(stage, each.source)
        if page is None:
            continue
        differs = bool(each.sha256) and page.sha256 != each.sha256
        kept.append(replace(each, says=f"{each.says} (the page has changed since: read it again)") if differs else each)
    return tuple(kept)
