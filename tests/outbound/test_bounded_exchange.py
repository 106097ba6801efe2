"""One exchange of HTTP has an end: in bytes, in seconds, and in whom it is had with.

Principles: none
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.outbound.loopback import Reply, serving
from tests.outbound.relay import certificate

from strongroom.outbound.fetching import Answer, Unanswered, authorities, fetch, is_loopback, require_safe_url


def get(url: str, *, limit_bytes: int = 1000, timeout_seconds: float = 2.0) -> Answer:
    return fetch(url, limit_bytes=limit_bytes, timeout_seconds=timeout_seconds)


@contextmanager
def talking(talk: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve one connection by hand on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            taken, _ = listening.accept()
            try:
                with context.wrap_socket(taken, server_side=True) if context else taken as connection:
                    connection.recv(4096)
                    talk(connection)
            except OSError:
                taken.close()

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def hello(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello")


def test_an_answer_comes_back_as_it_is() -> None:
    with serving(lambda asked: Reply(418, asked.method.encode() + asked.body)) as place:
        assert get(place.url).body == b"GET"
        posted = fetch(place.url, content=b" me", limit_bytes=100, timeout_seconds=2)
    assert (posted.status, posted.body) == (418, b"POST me")


def test_it_says_nothing_of_us_but_our_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ada password secret")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(lambda _: Reply()) as place:
        get(place.url)
    (asked,) = place.asked
    assert asked.headers["user-agent"] == "strongroom"
    assert set(asked.headers) == {"host", "user-agent", "accept-encoding", "connection"}


def test_no_redirection_is_followed() -> None:
    with serving(lambda _: Reply(302, b"", {"Location": "/other"})) as place:
        assert get(place.url).status == 302
    assert len(place.asked) == 1


def test_a_long_answer_is_not_read_to_its_end() -> None:
    with serving(lambda _: Reply(200, b"x" * 1001)) as place, pytest.raises(Unanswered, match="longer than 1000"):
        get(place.url)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"])
def test_one_byte_at_a_time_does_not_keep_us(head: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(40):
            time.sleep(0.08)
            connection.sendall(b"H")

    began = time.monotonic()
    with talking(drip) as port, pytest.raises(Unanswered, match=r"too long as a whole|timed out"):
        get(f"http://127.0.0.1:{port}/", timeout_seconds=0.4)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
def test_what_is_no_http_is_no_answer(said: bytes) -> None:
    with talking(lambda connection: connection.sendall(said)) as port, pytest.raises(Unanswered):
        get(f"http://127.0.0.1:{port}/")


def test_over_tls_the_name_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, authority = certificate(tmp_path)
    authorities.cache_clear()
    with talking(hello, context) as port, pytest.raises(Unanswered, match="CERTIFICATE_VERIFY_FAILED"):
        get(f"https://127.0.0.1:{port}/")
    authorities.cache_clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with talking(hello, context) as port:
        assert get(f"https://127.0.0.1:{port}/").body == b"hello"
    other, other_authority = certificate(tmp_path, for_address="127.0.0.9")
    monkeypatch.setenv("SSL_CERT_FILE", str(other_authority))
    authorities.cache_clear()
    with talking(hello, other) as port, pytest.raises(Unanswered, match="CERTIFICATE_VERIFY_FAILED"):
        get(f"https://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "url", ["https://a.example/x?y=1", "http://127.0.0.1:80/", "http://[::1]/", "http://localhost/"]
)
def test_an_address_under_cover_or_of_this_machine_is_safe(url: str) -> None:
    assert require_safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/", "http://127.0.0.1.a.example/", "http://localhost.a.example/", "http://10.0.0.1/",
        "ftp://127.0.0.1/", "//a.example/", "/x", "", "https://", "https://user:word@a.example/", "https://a@b/",
        "https://a.example:0/", "https://a.example:99999/", "https://a.example/ x", "https://a.example/\r\nX: y",
        "https://ä.example/", "https://[::1/", "http://127.0.0.1@a.example/",
    ],
)  # fmt: skip
def test_any_other_address_is_not(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        require_safe_url(url)
    with pytest.raises(ValueError, match=r".+"):
        get(url)


def test_this_machine_is_known_by_name_and_by_number() -> None:
    assert all(map(is_loopback, ("localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(map(is_loopback, ("", "a.example", "0.0.0.0", "128.0.0.1", "localhost.example", "::2")))
