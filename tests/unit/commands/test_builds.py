"""`strongroom admin issuer` and `strongroom admin sigstore` say whom to believe about builds, and tell of it.

Principles: AUTHZ-3.1, AUTHZ-3.3
"""

import json
from pathlib import Path

import pytest
from tests.outbound.private_sigstore import PrivateSigstore
from tests.unit.commands.conftest import Desk
from tests.worlds import World

from strongroom.kernel.refusals import Refused
from strongroom.outbound.trust_roots import SIGSTORES

FORGE = "https://git.acme.example/_services/token"


@pytest.mark.principle("AUTHZ-3.1")
def test_an_issuer_is_trusted_and_distrusted_and_both_are_events(desk: Desk, stocked: World) -> None:
    said = desk.admin("issuer", "trust", FORGE, "--provider", "github")
    assert said == {"trusted": FORGE, "provider": "github"}
    listed = desk.run("admin", "issuer", "list", "--json").out.splitlines()
    assert {"issuer": FORGE, "provider": "github"} in map(json.loads, listed)
    with stocked.vault.reading() as books:
        assert books.publishers.issuers() == {FORGE: "github"}
    assert desk.admin("issuer", "distrust", FORGE) == {"distrusted": FORGE}
    with stocked.vault.reading() as books:
        assert books.publishers.issuers() == {}
        events = [each.what for each in books.events.after(0, 1000)]
    told = [each for each in events if each.event.value.startswith("issuer.")]
    assert [each.event.value for each in told] == ["issuer.trusted", "issuer.distrusted"]
    assert {each.actor for each in told} == {"administrator on the machine"}


@pytest.mark.parametrize(
    "words",
    [
        ["trust", "ftp://x", "--provider", "github"],
        ["trust", FORGE, "--provider", "nobody"],
        ["distrust", FORGE],
    ],
)
def test_an_issuer_that_cannot_be_is_refused(desk: Desk, stocked: World, words: list[str]) -> None:
    with pytest.raises(Refused):
        desk.run("admin", "issuer", *words)
    with stocked.vault.reading() as books:
        assert books.publishers.issuers() == {}


@pytest.mark.principle("AUTHZ-3.3")
def test_a_sigstore_is_trusted_by_the_name_that_the_operator_gives_it(
    desk: Desk, stocked: World, tmp_path: Path
) -> None:
    root = tmp_path / "root.json"
    root.write_text(PrivateSigstore().trusted_root())
    assert desk.admin("sigstore", "trust", "acme", str(root)) == {"trusted": "acme"}
    assert (desk.data / SIGSTORES / "acme.json").read_text() == root.read_text()
    assert desk.run("admin", "sigstore", "list").out == "acme\n"
    assert desk.admin("sigstore", "distrust", "acme") == {"distrusted": "acme"}
    assert desk.run("admin", "sigstore", "list").out == ""
    with stocked.vault.reading() as books:
        told = [each.what for each in books.events.after(0, 1000) if each.what.event.value.startswith("sigstore.")]
    assert [(each.event.value, each.actor) for each in told] == [
        ("sigstore.trusted", "administrator on the machine"),
        ("sigstore.distrusted", "administrator on the machine"),
    ]
    assert str(told[0].detail["label"]).startswith("acme, SHA-256 ")
    gone = desk.run("admin", "sigstore", "distrust", "acme")
    assert (gone.code, "acme is not in the folder of trust roots" in gone.error) == (1, True)


@pytest.mark.principle("AUTHZ-3.3")
def test_what_is_no_trust_root_is_neither_believed_nor_told_of(desk: Desk, stocked: World, tmp_path: Path) -> None:
    root = tmp_path / "root.json"
    root.write_text("{}")
    with pytest.raises(ValueError):
        desk.run("admin", "sigstore", "trust", "acme", str(root))
    with stocked.vault.reading() as books:
        assert not [each for each in books.events.after(0, 1000) if each.what.event.value.startswith("sigstore.")]


def test_where_there_is_no_repository_nobody_is_believed(desk: Desk, tmp_path: Path) -> None:
    for words in (["sigstore", "list"], ["issuer", "list"]):
        ran = desk.run("admin", *words, data=tmp_path / "nothing")
        assert (ran.code, "no repository" in ran.error) == (1, True)
    assert not (tmp_path / "nothing").exists()
