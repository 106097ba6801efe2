"""An issuer that takes connections and never answers holds up its own builds, and nobody else's.

Principles: AUTHZ-3.1
"""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.outbound.workload_issuer import WorkloadIssuer, issuing
from tests.web.asking import HOST, Answer, Place, converse, placed
from tests.worlds import ADA, ANVIL, wheel

from strongroom.authz.providers import PROVIDERS
from strongroom.authz.publishers import Publisher, subject_of
from strongroom.settings import IssuerSettings, PublishingSettings

pytestmark = pytest.mark.principle("AUTHZ-3.1")

FIELDS = {"owner": "acme", "repository": "anvil", "workflow": "release.yml"}
HERE = "localhost:8000"
MINT = "/_/oidc/mint-token"


@contextmanager
def hung(taken: list[socket.socket]) -> Iterator[str]:
    """Yield the address of an issuer that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join()
    for each in taken:
        each.close()


def trusting(folder: Path, *issuers: str) -> Place:
    """Return a repository whose anvil trusts acme/anvil at each issuer."""
    said = PublishingSettings(issuers=tuple(IssuerSettings(provider="github", issuer=each) for each in issuers))
    place = placed(folder, publishing=said)
    assert place.upload(wheel(), place.token()).status == 200
    with place.repository.vault.writing() as books:
        for each in issuers:
            made = Publisher(each[-8:], "github", each, FIELDS, ANVIL, ADA, datetime.now(UTC))
            books.publishers.add_publisher(made, subject_of(PROVIDERS["github"], FIELDS))
    return place


async def minted(place: Place, token: str) -> Answer:
    head = [HOST, (b"content-type", b"application/json")]
    return await converse(place.served.application, MINT, "POST", head, [json.dumps({"token": token}).encode()])


def test_builds_of_other_issuers_go_on_while_one_hangs(tmp_path: Path) -> None:
    taken: list[socket.socket] = []

    async def everybody(place: Place, slow: WorkloadIssuer, well: WorkloadIssuer) -> None:
        assert (await minted(place, well.github(HERE))).status == 200
        waiting = [asyncio.create_task(minted(place, slow.github(HERE))) for _ in range(12)]
        await asyncio.sleep(0.3)
        for _ in range(5):
            assert (await minted(place, well.github(HERE))).status == 200
        assert not any(each.done() for each in waiting)
        refused = await asyncio.gather(*waiting)
        assert {each.status for each in refused} <= {422, 503} and len(taken) == 1
        # After a failure nobody asks again for a minute, and nobody waits.
        assert (await asyncio.wait_for(minted(place, slow.github(HERE)), 2)).status in (422, 429)
        assert len(taken) == 1

    with hung(taken) as address, issuing() as well:
        place = trusting(tmp_path / "data", address, well.url)
        asyncio.run(everybody(place, WorkloadIssuer(address), well))
        place.repository.close()


def test_builds_that_come_while_keys_are_fetched_wait_for_them(tmp_path: Path) -> None:
    async def everybody(place: Place, well: WorkloadIssuer) -> list[int]:
        answers = await asyncio.gather(*(minted(place, well.github(HERE)) for _ in range(12)))
        return [each.status for each in answers]

    with issuing() as well:
        place = trusting(tmp_path / "data", well.url)
        assert asyncio.run(everybody(place, well)) == [200] * 12
        assert len(well.asked) == 2  # what it says of itself, and its keys
        place.repository.close()


def test_who_cannot_wait_for_keys_is_told_when_to_come_again_and_not_that_the_token_is_wrong(tmp_path: Path) -> None:
    async def everybody(place: Place, slow: WorkloadIssuer) -> None:
        # More than may wait for keys at a time: whoever is too many is answered at once.
        asking = [asyncio.create_task(minted(place, slow.github(HERE))) for _ in range(80)]
        done, waiting = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        answer = done.pop().result()
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert [each["code"] for each in answer.json["errors"]] == ["try-again"]
        await asyncio.gather(*waiting)

    with hung([]) as address:
        place = trusting(tmp_path / "data", address)
        asyncio.run(everybody(place, WorkloadIssuer(address)))
        place.repository.close()
