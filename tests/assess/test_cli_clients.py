"""The probes of the CLI track, on a client with and without the flaws that they look for.

Principles: CLI-1.1, CLI-2.1, CLI-3.1, CLI-3.2, CLI-3.3
"""

import os

import pytest
from tests.assess.weakroom.clients import CRASHES, FLAWS, breaking, weak_client
from tests.assess.weakroom.visit import found

from strongroom.assess.clients.bench import Clients, bare_environment
from strongroom.assess.clients.specification import Verb, shipped
from strongroom.assess.clients.trial import plain, table, trials
from strongroom.assess.probing import Finding, Outcome
from strongroom.assess.run import every_probe
from strongroom.surroundings import RealChance, RealClocks

pytestmark = pytest.mark.principle("CLI-1.1", "CLI-2.1", "CLI-3.1", "CLI-3.2", "CLI-3.3")

CLAUSES = ["CLI-1.1a", "CLI-1.1b", "CLI-2.1a", "CLI-3.1a", "CLI-3.2a", "CLI-3.3a"]


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_client_that_does_all_of_it_is_seen_to(clause: str) -> None:
    finding = found(clause, clients=weak_client())
    assert finding.outcome is Outcome.MET, finding.saw
    assert finding.saw.startswith("weak 1.0: ")


@pytest.mark.parametrize(
    ("clause", "flaw", "outcome", "says"),
    [
        ("CLI-1.1a", "ignores-hashes", Outcome.UNMET, "other bytes"),
        ("CLI-1.1b", "ignores-pins", Outcome.UNMET, "from a lock of 1.0"),
        ("CLI-2.1a", "says-nothing", Outcome.PARTLY, "its audit, run apart, warns"),
        ("CLI-3.1a", "forgets-components", Outcome.UNMET, "not complete"),
        ("CLI-3.2a", "jumps-to-newest", Outcome.UNMET, "the lock has 2.0"),
        ("CLI-3.3a", "names-what-is-not-reached", Outcome.UNMET, "both alike"),
    ],
)
def test_a_flaw_is_seen(clause: str, flaw: str, outcome: Outcome, says: str) -> None:
    finding = found(clause, clients=weak_client([f"{clause} {flaw}"]))
    assert finding.outcome is outcome
    assert says in finding.saw


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_changes_its_clause_and_no_other(flaw: str) -> None:
    changed = {c for c in CLAUSES if found(c, clients=weak_client([flaw])).outcome is not Outcome.MET}
    assert changed == {flaw.partition(" ")[0]}


@pytest.mark.parametrize(
    ("clause", "verb"),
    [
        ("CLI-1.1a", Verb.INSTALL_HASHED),
        ("CLI-1.1b", Verb.INSTALL),
        ("CLI-2.1a", Verb.INSTALL_WATCHED),
        ("CLI-3.1a", Verb.LOCK),
        ("CLI-3.2a", Verb.LOCK),
    ],
)
def test_a_client_that_does_not_work_proves_nothing(clause: str, verb: Verb) -> None:
    finding = found(clause, clients=breaking(verb))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "control failed" in finding.saw


@pytest.mark.parametrize("how", CRASHES)
@pytest.mark.parametrize(
    ("clause", "verb"),
    [
        ("CLI-2.1a", Verb.AUDIT),
        ("CLI-3.1a", Verb.SBOM_CYCLONEDX),
        ("CLI-3.1a", Verb.SBOM_SPDX),
        ("CLI-3.2a", Verb.FIX),
        ("CLI-3.3a", Verb.REACH),
    ],
)
def test_a_client_that_breaks_has_not_said_no(clause: str, verb: Verb, how: str) -> None:
    finding = found(clause, clients=breaking(verb, CRASHES[how], ["CLI-2.1a says-nothing"]))
    assert finding.outcome is Outcome.INCONCLUSIVE, finding.saw
    assert "control failed" in finding.saw


@pytest.mark.parametrize(
    ("clause", "verb"), [("CLI-2.1a", Verb.AUDIT), ("CLI-3.2a", Verb.FIX), ("CLI-3.3a", Verb.REACH)]
)
def test_a_client_that_says_no_is_believed(clause: str, verb: Verb) -> None:
    finding = found(clause, clients=breaking(verb, ("false",), ["CLI-2.1a says-nothing"]))
    assert finding.outcome is Outcome.UNMET, finding.saw


@pytest.mark.parametrize("clause", CLAUSES)
def test_without_any_client_nothing_is_known(clause: str) -> None:
    finding = found(clause, clients=Clients(("no-such-client",), {}))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "none of the clients" in finding.saw


@pytest.mark.parametrize(
    ("clause", "verb"),
    [
        ("CLI-1.1a", Verb.INSTALL_HASHED),
        ("CLI-2.1a", Verb.INSTALL_WATCHED),
        ("CLI-3.2a", Verb.FIX),
        ("CLI-3.3a", Verb.REACH),
    ],
)
def test_a_client_that_is_documented_to_lack_it_does_not_meet_it(clause: str, verb: Verb) -> None:
    finding = found(clause, clients=weak_client(without=[verb]))
    assert (finding.outcome, finding.saw) == (Outcome.UNMET, "weak 1.0: It cannot")


def test_one_list_of_two_is_partly() -> None:
    finding = found("CLI-3.1a", clients=weak_client(without=[Verb.SBOM_SPDX]))
    assert finding.outcome is Outcome.PARTLY


def test_silence_without_an_audit_is_unmet() -> None:
    finding = found("CLI-2.1a", clients=weak_client(["CLI-2.1a says-nothing"], without=[Verb.AUDIT]))
    assert finding.outcome is Outcome.UNMET


def test_no_setting_of_a_person_reaches_a_client() -> None:
    bare = bare_environment(
        {"PIP_INDEX_URL": "x", "UV_CACHE_DIR": "x", "https_proxy": "x", "PATH": "/bin", "HOME": "/root"}
    )
    assert {"PIP_INDEX_URL", "UV_CACHE_DIR", "https_proxy"}.isdisjoint(bare)
    assert (bare["PATH"], bare["HOME"]) == ("/bin", "/nonexistent")


@pytest.mark.client
def test_pip_and_uv_keep_to_hashes_and_locks_and_neither_warns_when_it_installs() -> None:
    here = Clients(("pip", "uv"), os.environ).here()
    assert [client.specification.id for client in here] == ["pip", "uv"]
    seen: dict[str, list[Finding]] = {}
    for client, finding in trials(here, every_probe(), RealClocks(), RealChance()):
        seen.setdefault(client.specification.id, []).append(finding)
    outcomes = {name: {clause: each["outcome"] for clause, each in by.items()} for name, by in plain(seen).items()}
    for name in ("pip", "uv"):
        assert outcomes[name]["CLI-1.1a"] == outcomes[name]["CLI-1.1b"] == "met", outcomes
    assert (outcomes["pip"]["CLI-2.1a"], outcomes["uv"]["CLI-2.1a"]) == ("unmet", "partly")
    assert (outcomes["pip"]["CLI-3.1a"], outcomes["uv"]["CLI-3.1a"]) == ("unmet", "partly")
    assert "CLI-3.3a" in table(seen)


def test_every_client_that_is_shipped_does_or_is_documented_to_lack_every_verb_that_a_probe_asks_for() -> None:
    for each in shipped().values():
        assert not set(each.verbs) & set(each.lacks), each.id
        missing = set(Verb) - set(each.verbs) - set(each.lacks)
        assert not missing, f"{each.id}: {missing}"
