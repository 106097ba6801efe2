"""What a hostile reviewer found, told as tests: slow readers, fat caches, offers to upgrade, descriptions that cost.

Principles: GEN-2.1
"""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.live import Live, live
from tests.worlds import Made, wheel

pytestmark = pytest.mark.chaos


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server that takes sixty connections, with a long file in it."""
    with live(tmp_path_factory.mktemp("review"), LIMITS__CONNECTIONS="60") as made:
        made.publish(wheel("anvil"), long_file())
        yield made


def long_file() -> Made:
    """Return a wheel of some megabytes that nothing can compress."""
    import random

    return wheel("heavy", body="X = " + repr(random.Random(1).randbytes(3_000_000)))


def resident_mb(process_id: int) -> int:
    """Return the memory of a process."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def test_clients_that_do_not_read_are_ended_and_lock_nobody_out(server: Live) -> None:
    file = long_file()
    digest = file.offered().digests.sha256.hex
    path = f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{file.filename}"
    idle = []
    try:
        for _ in range(62):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 3)
            idle.append(connection)
        deadline = time.monotonic() + 60
        while server.ask("/healthz").status != 200:
            assert time.monotonic() < deadline, "nobody was ended"
            time.sleep(1)
    finally:
        for connection in idle:
            connection.close()


def test_strangers_cannot_fill_the_memory_with_long_addresses_and_headers(server: Live) -> None:
    assert server.ask("/simple/anvil/").status == 200
    before = resident_mb(server.process.pid)
    for number in range(600):
        padding = f"{number}" + "x" * 60_000
        assert server.ask(f"/simple/{padding}/").status in (400, 404, 414, 431)
        server.ask("/simple/anvil/", accept_encoding=padding)
        server.ask("/simple/anvil/", accept=padding)
    assert resident_mb(server.process.pid) - before < 25


def test_what_follows_an_offer_to_upgrade_is_answered_or_the_connection_ends(server: Live) -> None:
    offer = b"GET /simple/anvil/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(offer + b"GET /simple/anvil/ HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer


def test_a_description_that_costs_too_much_is_refused_or_shown_as_text_and_stalls_nobody(server: Live) -> None:
    costly = wheel("costly", more="Description-Content-Type: text/markdown\n\n" + "* " * 20_000 + "\n")
    if server.upload(costly).status != 200:
        return  # refused at the door: nothing to show
    with ThreadPoolExecutor(8) as pool:
        views = [pool.submit(server.ask, "/project/costly/") for _ in range(8)]
        worst = 0.0
        while not all(view.done() for view in views):
            began = time.monotonic()
            assert server.ask("/simple/anvil/").status == 200
            worst = max(worst, time.monotonic() - began)
        assert {view.result().status for view in views} <= {200, 503}
    assert worst < 1.0
