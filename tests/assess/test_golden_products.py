"""Golden runs: real products, measured by the real command, and what is known of them comes out by itself.

Each product is measured as it is when somebody starts it. The first run installs them (see `golden/products.py`).

Principles: none
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.assess.golden import products
from tests.assess.golden.products import Product

from strongroom.assess.artefacts import Artefact, wheel
from strongroom.assess.drivers.engine import DrivenTarget
from strongroom.assess.drivers.operations import Kind, Op
from strongroom.assess.drivers.specification import shipped
from strongroom.assess.health import Health
from strongroom.assess.session import real_client
from strongroom.assess.wire import Redactor, Transcript, Wire

pytestmark = pytest.mark.client

PYPISERVER, VOLATILE, KEPT, VERDACCIO = "pypiserver", "devpi, volatile index", "devpi, kept index", "verdaccio"
LONGEST_RUN_SECONDS = 170
#: What waits longest is left out: clients under test have nothing to do with the product, scanners are given a minute.
ASKED = ["authn", "authz", "GEN-1.1", "GEN-1.2", "GEN-2.1", "GEN-2.4", "GEN-3.2", "GEN-3.3"]

#: What is known of each product: for each row of the table the clause, and for each product the outcome and what is
#: seen. A product that a row does not name has not been tried there.
TABLE: list[tuple[str, str, dict[str, tuple[str, str]]]] = [
    (
        "other bytes under the same name, or other metadata",
        "GEN-2.1a",
        {
            PYPISERVER: ("met", "exists"),
            VOLATILE: ("unmet", "other bytes"),
            KEPT: ("unmet", "metadata .* rewritten"),
            VERDACCIO: ("met", "exists"),
        },
    ),
    (
        "a removed version comes back",
        "GEN-2.1b",
        {
            PYPISERVER: ("unmet", "after removal"),
            VOLATILE: ("unmet", "after removal"),
            KEPT: ("unmet", "after removal"),
            VERDACCIO: ("unmet", "after removal"),
        },
    ),
    (
        "another user publishes a new version",
        "AUTHZ-2.1b",
        {
            PYPISERVER: ("unmet", "without a role"),
            VERDACCIO: ("unmet", "without a role"),
            VOLATILE: ("inconclusive", "forbidden"),
            KEPT: ("inconclusive", "forbidden"),
        },
    ),
    (
        "a hundred wrong passwords, then the right one",
        "AUTHN-1.5a",
        {
            PYPISERVER: ("unmet", "100 wrong passwords"),
            VOLATILE: ("unmet", "100 wrong passwords"),
            VERDACCIO: ("unmet", "100 wrong passwords"),
        },
    ),
    (
        "registering with password123",
        "AUTHN-2.4a",
        {
            PYPISERVER: ("not run", "register"),
            VOLATILE: ("unmet", "known to have leaked"),
            VERDACCIO: ("unmet", "known to have leaked"),
        },
    ),
    (
        # A newcomer cannot publish to somebody's index of devpi's: that has nothing to do with a second factor.
        "publishing without a second factor",
        "AUTHN-3.2a",
        {
            PYPISERVER: ("unmet", "publishing with a password"),
            VOLATILE: ("unmet", "publishing with a password"),
            VERDACCIO: ("unmet", "publishing with a password"),
        },
    ),
    (
        "names that look alike",
        "GEN-1.2a",
        {
            PYPISERVER: ("unmet", "somebody else registered"),
            VOLATILE: ("inconclusive", "forbidden"),
            VERDACCIO: ("unmet", "somebody else registered"),
        },
    ),
    (
        "security.txt",
        "GEN-1.1a",
        {
            PYPISERVER: ("inconclusive", r"status 404"),
            VOLATILE: ("inconclusive", r"status 404"),
            VERDACCIO: ("inconclusive", r"status 400"),
        },
    ),
]
#: All that any of them was seen to keep. Whatever else a probe calls met one day has to be looked at first: a driver's
#: slip, or a refusal for another reason, looks like a principle met.
MAY_BE_MET = {PYPISERVER: {"GEN-2.1a"}, VERDACCIO: {"GEN-2.1a"}, VOLATILE: set[str](), KEPT: set[str]()}


@dataclass
class Measured:
    """The documents of the golden runs by product, and how long all of them took together."""

    products: dict[str, Product]
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def finding(self, product: str, clause: str) -> dict[str, Any]:
        """Return what the probe of a clause found; None when there is no probe."""
        found = self.documents[product]["findings"]
        return next((each for each in found if each["clause"] == clause), {})


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    """Measure them all at once: a run is mostly waiting."""
    folder = tmp_path_factory.mktemp("golden")
    with ExitStack() as stack:
        indexes = stack.enter_context(products.devpi(folder / "devpi"))
        there = {
            PYPISERVER: stack.enter_context(products.pypiserver(folder / "pypiserver")),
            VOLATILE: indexes["volatile"],
            KEPT: indexes["kept"],
            VERDACCIO: stack.enter_context(products.verdaccio(folder / "verdaccio")),
        }
        began = time.monotonic()
        # One server stands behind both indexes: guessing at its passwords once is enough.
        only = {KEPT: ["GEN-2.1", "AUTHZ-2.1"]}
        runs = {name: assess(product, folder / "state", only.get(name, ASKED)) for name, product in there.items()}
        made = Measured(there)
        for name, run in runs.items():
            out, _ = run.communicate(timeout=LONGEST_RUN_SECONDS)
            made.documents[name], made.exits[name] = json.loads(out), run.returncode
        made.seconds = time.monotonic() - began
        yield made


def assess(product: Product, state: Path, only: list[str]) -> "subprocess.Popen[str]":
    """Start the command on a product."""
    words = [str(Path(sys.executable).with_name("strongroom")), "assess", product.url, "--active", "-f", "json"]
    for name, password in product.accounts:
        words += ["--account", f"{name}:{password}"]
    for clause in only:
        words += ["--only", clause]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STRONGROOM_")}
    environment = {**kept, "XDG_STATE_HOME": str(state)}
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


CELLS = [(row, clause, product, cell) for row, clause, cells in TABLE for product, cell in cells.items()]


@pytest.mark.parametrize(("row", "clause", "product", "cell"), CELLS, ids=lambda value: str(value)[:40])
def test_what_is_known_of_a_product_is_found(
    measured: Measured, row: str, clause: str, product: str, cell: tuple[str, str]
) -> None:
    outcome, saw = cell
    finding = measured.finding(product, clause)
    assert finding["outcome"] == outcome, f"{row}: {finding['saw']}"
    assert re.search(saw, finding["saw"], re.DOTALL), f"{row}: {finding['saw']}"


@pytest.mark.parametrize("product", [PYPISERVER, VOLATILE, KEPT, VERDACCIO])
def test_nothing_is_called_met_that_the_product_does_not_keep(measured: Measured, product: str) -> None:
    clauses = [c for t in measured.documents[product]["tracks"] for p in t["principles"] for c in p["clauses"]]
    assert {c["id"] for c in clauses if c["state"] == "met"} <= MAY_BE_MET[product]


@pytest.mark.parametrize(
    ("product", "driver"), [(PYPISERVER, "pypiserver"), (VOLATILE, "devpi"), (KEPT, "devpi"), (VERDACCIO, "npm")]
)
def test_each_product_is_recognised(measured: Measured, product: str, driver: str) -> None:
    assert measured.documents[product]["target"]["driver"] == driver


@pytest.mark.parametrize("product", [PYPISERVER, VOLATILE, KEPT, VERDACCIO])
def test_every_run_is_whole_and_takes_its_packages_away(measured: Measured, product: str) -> None:
    document = measured.documents[product]
    assert document["complete"], document["troubles"]
    assert not [thing for thing in document["left_behind"] if thing.startswith("project")]


@pytest.mark.parametrize("product", [PYPISERVER, VOLATILE, KEPT])
def test_where_people_can_be_removed_none_is_left(measured: Measured, product: str) -> None:
    assert not measured.documents[product]["left_behind"]
    assert measured.exits[product] == 0


@pytest.mark.parametrize(
    ("product", "again", "other"),
    [
        (PYPISERVER, Kind.EXISTS, Kind.EXISTS),
        (VOLATILE, Kind.ACCEPTED, Kind.ACCEPTED),
        (KEPT, Kind.ACCEPTED, Kind.EXISTS),
        (VERDACCIO, Kind.EXISTS, Kind.EXISTS),
    ],
)
def test_the_same_answer_is_the_same_word(measured: Measured, product: str, again: Kind, other: Kind) -> None:
    there = measured.products[product]
    driver = shipped()[measured.documents[product]["target"]["driver"]]
    with real_client() as client:
        wire = Wire(client, there.url, Transcript(Redactor()), Health())
        target = DrivenTarget(driver, wire, {"base": there.url})
        if not there.accounts:
            target.perform(Op.REGISTER, name="carol", password="carol-sings-4711", email="carol@a.example")
        name, password = there.accounts[0] if there.accounts else ("carol", "carol-sings-4711")
        token, file = f"{name}:{password}", wheel("goldenanvil", "1.0", body="a = 1\n")

        def publish(token: str, file: Artefact) -> Kind:
            return target.perform(Op.PUBLISH, token=token, file=file).kind

        assert publish("nobody:knows-the-trouble", file) in (Kind.UNAUTHENTICATED, Kind.FORBIDDEN)
        assert publish(token, file) is Kind.ACCEPTED
        assert publish(token, file) is again
        assert publish(token, wheel("goldenanvil", "1.0", body="a = 2\n")) is other
        listed = target.perform(Op.FILES, project="goldenanvil").values["files"]
        assert len(listed) == 1
        assert target.perform(Op.REMOVE_PROJECT, project="goldenanvil", token=token).kind is Kind.ACCEPTED
        gone = target.perform(Op.FILES, project="goldenanvil")
        assert gone.kind is Kind.MISSING or gone.values["files"] == []
        assert target.perform(Op.LOG_IN, name=name, password=password).value("session")
        assert not target.perform(Op.LOG_IN, name=name, password="wrong-for-sure").kind.is_yes


def test_people_whom_nobody_can_remove_are_told_of(measured: Measured) -> None:
    left = measured.documents[VERDACCIO]["left_behind"]
    assert left
    assert all(thing.startswith("person srprobe") for thing in left)
    assert measured.exits[VERDACCIO] == 4


def test_no_password_stands_in_any_document(measured: Measured) -> None:
    for document in measured.documents.values():
        for _, password in (products.ALICE, products.BOB):
            assert password not in json.dumps(document)


def test_the_golden_runs_take_less_than_two_minutes(measured: Measured) -> None:
    assert measured.seconds < 120
