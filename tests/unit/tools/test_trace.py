"""The tool that follows threads sees what is written, and what is missing.

Principles: none
"""

import subprocess
from pathlib import Path

import pytest
from tools.marks import Kind, Mark, marks_in, marks_of
from tools.trace import is_known, loose_ends, matrix, parse_pending, pending_before, settle, threads

RULE = '''"""A rule.

Principles: AUTHN-3.2, GEN-2.1
"""


@upholds("AUTHN-3.2", "AUTHN-2.3")
def require_proof() -> None:
    raise Refused("weak", "No.", principle="AUTHN-3.2a")
'''
EVERYTHING = {(id, str(kind)) for id in threads([]) for kind in (Kind.CODE, Kind.TEST, Kind.PROBE)}


def test_a_module_shows_its_rules_its_refusals_and_what_it_is_for() -> None:
    assert [(mark.kind, mark.id, mark.function) for mark in marks_of(RULE, "src/rule.py")] == [
        (Kind.MODULE, "AUTHN-3.2", ""),
        (Kind.MODULE, "GEN-2.1", ""),
        (Kind.CODE, "AUTHN-3.2", "require_proof"),
        (Kind.CODE, "AUTHN-2.3", "require_proof"),
        (Kind.REFUSAL, "AUTHN-3.2a", ""),
    ]


def test_a_rule_that_is_a_method_is_seen_with_its_line() -> None:
    text = "class Door:\n    @upholds('GEN-1.2')\n    async def opens(self) -> None: ...\n"
    assert list(marks_of(text, "src/door.py")) == [Mark(Kind.CODE, "GEN-1.2", "src/door.py", 3, "opens")]


def test_tests_and_probes_are_marks_where_they_belong_and_nowhere_else() -> None:
    test, probe = '@pytest.mark.principle("GEN-1.1")\ndef test_it(): ...\n', 'PROBE = Probe(clause="GEN-1.1a")\n'
    assert [mark.kind for mark in marks_of(test, "tests/test_it.py")] == [Kind.TEST]
    assert [mark.kind for mark in marks_of(probe, "src/strongroom/assess/probes/it.py")] == [Kind.PROBE]
    assert not list(marks_of(probe, "src/strongroom/assess/plan.py"))


def test_an_id_that_cannot_be_read_from_the_source_is_a_loose_end() -> None:
    marks = list(marks_of("@upholds(WHATEVER)\ndef rule() -> None: ...\n", "src/rule.py"))
    assert "src/rule.py:2: there is no principle WHATEVER" in loose_ends(marks, EVERYTHING, None)


@pytest.mark.parametrize("id", ["AUTHN-4.1", "AUTHN-1.1z", "", "GEN"])
def test_an_id_outside_the_framework_is_unknown(id: str) -> None:
    assert not is_known(id)


def test_what_is_missing_and_not_listed_is_a_loose_end() -> None:
    assert loose_ends([], EVERYTHING - {("CLI-1.1", "test")}, None) == ["CLI-1.1 has no test"]


def test_what_is_listed_and_no_longer_missing_must_leave_the_list() -> None:
    mark = Mark(Kind.TEST, "CLI-1.1a", "tests/test_it.py", 1)
    assert loose_ends([mark], EVERYTHING, None) == ["CLI-1.1 has its test now: settle it (./run trace --settle)"]


def test_the_list_never_grows() -> None:
    assert loose_ends([], EVERYTHING, EVERYTHING - {("CLI-1.1", "code")}) == [
        "CLI-1.1 code was not pending before: the list only shrinks"
    ]


def test_a_list_that_names_nothing_real_is_refused() -> None:
    assert parse_pending("# why\n\nGEN-1.1 code\n") == {("GEN-1.1", "code")}
    with pytest.raises(ValueError, match="is no principle"):
        parse_pending("GEN-1.1 poem\n")


def test_settling_keeps_the_comments_and_what_is_still_missing(tmp_path: Path) -> None:
    path = tmp_path / "pending.txt"
    path.write_text("# why\nGEN-1.1 code\nGEN-1.1 test\n")
    settle([Mark(Kind.CODE, "GEN-1.1", "src/a.py", 1)], path)
    assert path.read_text() == "# why\nGEN-1.1 test\n"


def test_what_was_pending_before_is_read_from_every_version_in_git(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    assert pending_before(tmp_path) is None
    git("init", "-q")
    (tmp_path / "tools").mkdir()
    for text in ("GEN-1.1 code\nGEN-1.1 test\n", "GEN-1.1 test\n"):
        (tmp_path / "tools/pending.txt").write_text(text)
        git("add", ".")
        git("commit", "-qm", "x")
    assert pending_before(tmp_path) == {("GEN-1.1", "test")}


def test_the_table_has_a_row_for_each_principle() -> None:
    table = matrix(threads(list(marks_of(RULE, "src/strongroom/rule.py"))))
    assert table.count("\n") == 33
    assert "| AUTHN-3.2 | MFA for all maintainers | `rule.py` | 1 | — | — |" in table


def test_the_repository_itself_can_be_read() -> None:
    assert any(mark.kind is Kind.MODULE for mark in marks_in(Path(__file__).parents[3]))
