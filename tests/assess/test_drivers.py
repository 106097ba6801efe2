"""Drivers as data: what their files may say, and what the engine makes of them.

Principles: none
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from tests.assess.weakroom.room import ManualClock

from strongroom.assess.artefacts import sdist, version_in, wheel
from strongroom.assess.drivers.engine import DrivenTarget, answer_of
from strongroom.assess.drivers.operations import Kind, Op
from strongroom.assess.drivers.specification import Specification, parse, shipped, writes
from strongroom.assess.greeting import recognise
from strongroom.assess.health import Health
from strongroom.assess.wire import Budget, Redactor, Transcript, Wire

BASE = "http://repository.test/"
Handler = Callable[[httpx2.Request], httpx2.Response]


def wire_to(handler: Handler, base: str = BASE, pace_seconds: float = 0.0, clock: ManualClock | None = None) -> Wire:
    clock = clock or ManualClock()
    client = httpx2.Client(transport=httpx2.MockTransport(handler))
    health = Health(clock=clock.seconds, sleep=clock.sleep)
    return Wire(client, base, Transcript(Redactor()), health, pace_seconds=pace_seconds, budget=Budget(200, 3600))


def target(specification: Specification, handler: Handler, **constants: Any) -> DrivenTarget:
    return DrivenTarget(specification, wire_to(handler), {"base": BASE, **constants})


class Asked(list[httpx2.Request]):
    """A product that keeps every request, and answers by path."""

    def __init__(self, answers: Mapping[str, httpx2.Response] | None = None) -> None:
        super().__init__()
        self.answers = answers or {}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.append(request)
        return self.answers.get(request.url.path, httpx2.Response(200, json={}))

    @property
    def lines(self) -> list[str]:
        """Method and path of every request."""
        return [f"{each.method} {each.url.raw_path.decode()}" for each in self]


HEAD = '[driver]\nid = "x"\ntitle = "X"\necosystem = "pypi"\n'


@pytest.mark.parametrize("id", sorted(shipped()))
def test_every_driver_that_is_shipped_says_what_it_drives(id: str) -> None:
    driver = shipped()[id]
    assert driver.title
    assert driver.about
    assert driver.taxonomy
    assert Op.SECURITY_TXT in driver.operations
    assert not set(driver.lacks) & set(driver.operations), "it cannot have what it lacks"


def test_the_drivers_that_the_assessor_promises_are_there() -> None:
    promised = {"strongroom", "warehouse", "generic-pypi", "pypiserver", "devpi", "npm"}
    assert promised <= set(shipped())


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "[unknown]\n",
        HEAD + '[operation.fly]\npath = ""\n',
        HEAD + '[operation.files]\nway = "x"\n',
        HEAD + '[operation.files]\nanswers = [{ kind = "perhaps" }]\n',
        HEAD + 'read_only = true\n[operation.publish]\nmethod = "POST"\n',
        HEAD + 'read_only = true\n[operation.publish]\ncommand = ["rm"]\n',
        HEAD + 'read_only = true\n[step.before]\nmethod = "DELETE"\n',
        HEAD + '[operation.files]\nfirst = ["nowhere"]\n',
    ],
)
def test_a_driver_that_says_what_none_may_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize("op", sorted(Op))
def test_a_read_only_driver_sends_nothing_that_could_write(op: Op) -> None:
    warehouse = shipped()["warehouse"]
    assert warehouse.read_only
    if op in warehouse.operations:
        assert not writes(warehouse.operations[op])
        return
    asked = Asked()
    driven = target(warehouse, asked)
    assert not driven.can(op)
    with pytest.raises(KeyError):
        driven.perform(op, project="x", token="t", file=wheel("x", "1.0"))
    assert not asked


def test_a_writing_operation_in_a_read_only_driver_is_refused_by_the_engine_too() -> None:
    writing = parse(HEAD + '[operation.publish]\nmethod = "POST"\n[operation.files]\npath = "{project}"\n')
    forged, asked = replace(writing, read_only=True), Asked()
    driven = target(forged, asked)
    assert driven.can(Op.FILES)
    assert not driven.can(Op.PUBLISH)
    with pytest.raises(KeyError):
        driven.perform(Op.PUBLISH)
    assert not asked


def test_warehouse_is_known_by_its_own_pages() -> None:
    page = '<link rel="stylesheet" href="/static/css/warehouse-ltr.css"><link rel="search" href="/opensearch.xml">'
    asked = Asked({"/": httpx2.Response(200, html=page)})
    found = recognise(wire_to(asked), shipped().values())
    assert found is not None
    assert found.id == "warehouse"


@pytest.mark.parametrize(
    ("id", "answers"),
    [
        ("pypiserver", {"/": httpx2.Response(200, html="<h1>Welcome to pypiserver!</h1>")}),
        ("devpi", {"/": httpx2.Response(200, json={}, headers={"X-Devpi-Server-Version": "6"})}),
        ("npm", {"/": httpx2.Response(200, html="x"), "/-/ping": httpx2.Response(200, json={})}),
    ],
)
def test_products_are_known_by_their_signs(id: str, answers: dict[str, httpx2.Response]) -> None:
    nothing = {"/-/ping": httpx2.Response(404)}
    found = recognise(wire_to(Asked({**nothing, **answers})), shipped().values())
    assert found is not None
    assert found.id == id


def test_what_is_no_known_product_is_taken_for_none() -> None:
    assert recognise(wire_to(lambda request: httpx2.Response(404)), shipped().values()) is None


def test_each_address_is_asked_once_for_all_drivers() -> None:
    asked = Asked()
    recognise(wire_to(lambda request: (asked(request), httpx2.Response(404))[1]), shipped().values())
    assert len(asked.lines) == len(set(asked.lines))


def test_an_operation_can_need_another_before_it() -> None:
    text = HEAD + (
        '[step.enter]\npath = "enter/{name}"\nvalues = { secret = "json:/key" }\n'
        '[operation.remove_account]\nfirst = ["enter"]\nmethod = "DELETE"\npath = "people/{name}"\n'
        'auth = "basic {name}:{secret}"\n'
    )
    asked = Asked({"/enter/ada": httpx2.Response(200, json={"key": "sesame-open"})})
    driven = target(parse(text), asked)
    assert driven.perform(Op.REMOVE_ACCOUNT, name="ada", password="p").kind is Kind.ACCEPTED
    assert asked.lines == ["GET /enter/ada", "DELETE /people/ada"]
    assert asked[1].headers["authorization"].startswith("Basic ")
    assert all("sesame" not in each.excerpt + each.url for each in driven.wire.transcript.exchanges)


def test_where_what_comes_first_is_refused_the_rest_is_not_sent() -> None:
    text = (
        HEAD
        + '[step.enter]\npath = "enter"\n[operation.remove_account]\nfirst = ["enter"]\nmethod = "DELETE"\npath = "x"\n'
    )
    asked = Asked({"/enter": httpx2.Response(403)})
    assert target(parse(text), asked).perform(Op.REMOVE_ACCOUNT).kind is Kind.FORBIDDEN
    assert asked.lines == ["GET /enter"]


def test_an_operation_can_be_done_for_every_version() -> None:
    names = ["ada-1.0-py3-none-any.whl", "ada-1.0.tar.gz", "ada-2.0.tar.gz"]
    files = {"files": [{"filename": name, "url": name} for name in names]}
    asked = Asked({"/simple/ada/": httpx2.Response(200, json=files)})
    answer = target(shipped()["pypiserver"], asked).perform(Op.REMOVE_PROJECT, project="ada", token="ada:pw")
    assert answer.kind is Kind.ACCEPTED
    assert [request.content for request in asked if request.method == "POST"] == [
        b"%3Aaction=remove_pkg&name=ada&version=1.0",
        b"%3Aaction=remove_pkg&name=ada&version=2.0",
    ]


def test_an_operation_can_be_known_without_asking() -> None:
    asked = Asked()
    driven = target(shipped()["warehouse"], asked)
    assert driven.perform(Op.POLICY, about="disclosure").value("url") == "/security/"
    assert driven.perform(Op.POLICY, about="weather").kind is Kind.MISSING
    assert not asked


@pytest.mark.parametrize(
    ("driver", "op", "status", "text", "kind"),
    [
        ("pypiserver", Op.PUBLISH, 409, "Package 'x' already exists!", Kind.EXISTS),
        ("pypiserver", Op.PUBLISH, 400, "Package 'x' already exists!", Kind.EXISTS),  # what it says to twine
        ("pypiserver", Op.PUBLISH, 400, "Bad filename: x", Kind.REFUSED),
        ("pypiserver", Op.PUBLISH, 401, "", Kind.UNAUTHENTICATED),
        ("pypiserver", Op.LOG_IN, 403, "", Kind.UNAUTHENTICATED),
        ("devpi", Op.PUBLISH, 200, "", Kind.ACCEPTED),
        ("devpi", Op.PUBLISH, 409, "", Kind.EXISTS),
        ("devpi", Op.PUBLISH, 403, "", Kind.FORBIDDEN),
        ("devpi", Op.REGISTER, 409, "", Kind.EXISTS),
        ("npm", Op.PUBLISH, 409, "", Kind.EXISTS),
        ("npm", Op.PUBLISH, 403, "You cannot publish over the previously published versions: 1.0.", Kind.EXISTS),
        ("npm", Op.PUBLISH, 403, "not yours", Kind.FORBIDDEN),
        ("npm", Op.LOG_IN, 401, "", Kind.UNAUTHENTICATED),
        ("generic-pypi", Op.PUBLISH, 400, "File already exists.", Kind.EXISTS),
        ("generic-pypi", Op.PUBLISH, 400, "This filename has already been used", Kind.EXISTS),
        ("generic-pypi", Op.PUBLISH, 429, "", Kind.THROTTLED),
        ("generic-pypi", Op.PUBLISH, 503, "", Kind.FAILED),
    ],
)
def test_the_same_thing_is_the_same_word_for_every_product(
    driver: str, op: Op, status: int, text: str, kind: Kind
) -> None:
    operation = shipped()[driver].operations[op]
    assert answer_of(operation, status, text, text.encode(), {}, 1, 0.0).kind is kind


def test_a_log_in_that_brings_a_key_acts_with_the_key() -> None:
    asked = Asked({"/+login": httpx2.Response(200, json={"result": {"password": "key-of-the-day"}})})
    driven = target(shipped()["devpi"], asked)
    assert driven.perform(Op.LOG_IN, name="ada", password="sesame").value("session") == "ada:key-of-the-day"
    assert "key-of-the-day" not in driven.wire.transcript.exchanges[0].excerpt


def test_npm_puts_a_document_with_one_version_and_its_archive() -> None:
    asked = Asked()
    target(shipped()["npm"], asked).perform(Op.PUBLISH, token="ada:pw", file=wheel("ada", "1.0"))
    assert asked.lines == ["PUT /ada"]
    assert b'"ada-1.0.tgz"' in asked[0].content


def test_npm_takes_a_version_out_of_the_document_and_then_the_archive_away() -> None:
    document = {"_rev": "7-x", "versions": {"1.0": {}, "2.0": {}}, "dist-tags": {"latest": "2.0", "old": "1.0"}}
    asked = Asked({"/ada": httpx2.Response(200, json=document)})
    target(shipped()["npm"], asked).perform(Op.REMOVE_VERSION, token="ada:pw", project="ada", version="1.0")
    assert asked.lines == [
        "GET /ada?write=true", "PUT /ada/-rev/7-x", "GET /ada?write=true", "DELETE /ada/-/ada-1.0.tgz/-rev/7-x",
    ]  # fmt: skip
    assert b"1.0" not in asked[1].content


@pytest.mark.parametrize("versions", [None, [], {"1.0": 1}, "x"])
def test_an_npm_document_that_is_none_is_no_reason_to_break(versions: Any) -> None:
    asked = Asked({"/ada": httpx2.Response(200, json={"_rev": "1", "versions": versions})})
    with pytest.raises(ValueError):
        target(shipped()["npm"], asked).perform(
            Op.REWRITE_METADATA, token="ada:pw", project="ada", version="1.0", summary="x"
        )


@pytest.mark.parametrize(
    ("filename", "version"),
    [
        (wheel("ada", "1.0").filename, "1.0"),
        (sdist("ada", "2.1").filename, "2.1"),
        ("ada-3.0.tgz", "3.0"),
        ("ada.txt", ""),
        ("", ""),
    ],
)
def test_a_version_is_read_from_a_name(filename: str, version: str) -> None:
    assert version_in(filename) == version


def test_words_of_a_list_are_called_as_the_product_calls_them_and_those_that_it_has_not_are_left_out() -> None:
    text = HEAD + (
        '[operation.create_token]\nmethod = "POST"\npath = "tokens"\njson = { may = "{rights}" }\n'
        'calls = { rights = { publish = "upload", remove = "" } }\n'
    )
    asked = Asked()
    given = {"session": "s", "projects": [], "rights": ["publish", "yank", "remove"]}
    target(parse(text), asked).perform(Op.CREATE_TOKEN, **given)
    assert json.loads(asked[0].content) == {"may": ["upload", "yank"]}
