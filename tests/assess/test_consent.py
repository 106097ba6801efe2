"""Who may be measured how: nothing that changes a target is done to one that is not shown to be the asker's.

Principles: none
"""

from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from strongroom.assess.consent import NONCE_PATH, NotAllowed, consent, grants, is_loopback, is_public_registry
from strongroom.assess.health import Health
from strongroom.assess.probing import Safety
from strongroom.assess.wire import Redactor, Transcript, Wire

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://packages.example.test/"


def wire(nonce: str | None = None) -> Wire:
    def answer(request: httpx2.Request) -> httpx2.Response:
        there = nonce is not None and request.url.path == NONCE_PATH
        return httpx2.Response(200, text=nonce) if there else httpx2.Response(404)

    return Wire(httpx2.Client(transport=httpx2.MockTransport(answer)), URL, Transcript(Redactor()), Health())


def asked(
    wanted: Safety,
    *,
    url: str = URL,
    nonce: str | None = None,
    data: Path | None = None,
    loopback: bool = False,
    here: bool = False,
) -> str:
    given = consent(
        url, wanted, wire(nonce), run="r1", now=NOW, data=data, loopback=lambda _: loopback, here=lambda _: here
    )
    return given.proof


@pytest.mark.parametrize("wanted", [Safety.REFUSED, Safety.ACCOUNT, Safety.SANDBOX, Safety.IRREVERSIBLE])
def test_the_public_index_is_looked_at_and_never_tried_whatever_is_shown(wanted: Safety, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="public registry"):
        asked(wanted, url=PYPI_SIMPLE_ENDPOINT, nonce="r1 irreversible until=2027-01-01", data=tmp_path, loopback=True)


def test_a_host_below_a_public_registry_and_one_spelled_otherwise_are_it_too() -> None:
    host = PYPI_SIMPLE_ENDPOINT.split("/")[2]
    for spelled in (f"https://upload.{host}/", f"https://{host.upper()}./", f"https://user@{host}:443/simple/"):
        assert is_public_registry(spelled)
    assert not is_public_registry(f"https://not{host}/")
    assert not is_public_registry(URL)


def test_looking_needs_nobodys_leave() -> None:
    assert asked(Safety.PASSIVE, url=PYPI_SIMPLE_ENDPOINT) == ""


@pytest.mark.parametrize("wanted", [Safety.SANDBOX, Safety.IRREVERSIBLE])
def test_a_strangers_repository_is_not_written_to(wanted: Safety) -> None:
    with pytest.raises(NotAllowed, match="nothing proves"):
        asked(wanted)


def test_a_repository_on_this_machine_and_one_whose_folder_is_at_hand_are_the_askers(tmp_path: Path) -> None:
    assert "this machine" in asked(Safety.IRREVERSIBLE, loopback=True)
    assert str(tmp_path) in asked(Safety.IRREVERSIBLE, data=tmp_path, here=True)


def test_a_folder_of_ones_own_proves_nothing_of_another_machine(tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="nothing proves"):
        asked(Safety.SANDBOX, data=tmp_path)


def test_a_nonce_that_names_the_run_and_the_class_is_leave() -> None:
    assert "r1 irreversible" in asked(Safety.SANDBOX, nonce="# ours\nr1 irreversible until=2026-11-22\n")


@pytest.mark.parametrize(
    "line",
    [
        "r2 irreversible until=2027-01-01",
        "r1 sandbox until=2027-01-01",
        "r1 irreversible until=2026-11-21",
        "r1 irreversible",
        "r1 everything until=2027-01-01",
        "r1 irreversible until=soon",
        "r1irreversible until=2027-01-01",
        "",
    ],
)
def test_a_nonce_of_another_run_class_or_day_is_none(line: str) -> None:
    assert not grants(line, "r1", Safety.IRREVERSIBLE, NOW)


def test_a_page_that_answers_everything_with_200_is_no_leave() -> None:
    with pytest.raises(NotAllowed):
        asked(Safety.SANDBOX, nonce="<html>Page not found</html>")


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("http://127.0.0.1:1/", True),
        ("http://[::1]:1/", True),
        ("http://192.0.2.1/", False),
        ("http://no.invalid/", False),
    ],
)
def test_only_addresses_of_this_machine_are_this_machines(url: str, is_ours: bool) -> None:
    assert is_loopback(url) is is_ours
