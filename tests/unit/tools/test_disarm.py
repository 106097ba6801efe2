"""The tool that empties rules tells a rule that tests hold from one that they do not.

Principles: none
"""

import shutil
from pathlib import Path

import pytest
from tools.disarming import Outcome, Rule, collect, disarmed, nearness, outcomes, rules_in
from tools.imports import Imports

ROOT = Path(__file__).parents[3]
RULE = '''"""Door."""
from marks import upholds

class Door:
    @upholds("GEN-1.1a")
    def require_key(self, key: str) -> None:
        """Refuse a wrong key."""
        if key != "right":
            raise ValueError(key)

    @upholds("GEN-1.2")
    def require_name(self) -> None: raise ValueError("name")

@upholds("GEN-2.1", "GEN-2.2")
def table() -> dict[str, int]:
    return {"one": 1}

FIRST = table()
'''
TESTS = """import pytest
from door import Door

@pytest.mark.principle("GEN-1.1")
def test_a_wrong_key_is_refused():
    with pytest.raises(ValueError):
        Door().require_key("wrong")

@pytest.mark.principle("GEN-1.2b")
def test_nothing_at_all():
    assert Door()

@pytest.mark.client
@pytest.mark.principle("GEN-1.2")
def test_slow():
    with pytest.raises(ValueError):
        Door().require_name()
"""
CONFIG = '[tool.pytest.ini_options]\nmarkers = ["principle(id): x", "client: x", "browser: x"]\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with three rules: one held, one hollow, one that its own module needs to import."""
    for path, text in {
        "src/door.py": RULE,
        "src/marks.py": "def upholds(*ids):\n    return lambda function: function\n",
        "tests/test_door.py": TESTS,
        "pyproject.toml": CONFIG,
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_methods_and_functions_are_rules_and_a_clause_counts_as_its_principle() -> None:
    assert [(rule.name, rule.ids) for rule in rules_in(RULE, "src/door.py")] == [
        ("require_key", ("GEN-1.1",)),
        ("require_name", ("GEN-1.2",)),
        ("table", ("GEN-2.1", "GEN-2.2")),
    ]


def test_an_emptied_rule_does_nothing_and_every_other_line_stays_in_its_place() -> None:
    key, name, _ = rules_in(RULE, "src/door.py")
    emptied = disarmed(disarmed(RULE, key), name)
    assert emptied.count("\n") == RULE.count("\n")
    assert "def require_name(self) -> None: return None\n" in emptied
    namespace: dict[str, type] = {}
    exec(emptied.replace("from marks import upholds", "upholds = lambda *a: lambda f: f"), namespace)
    assert namespace["Door"]().require_key("wrong") is None


def test_a_rule_that_is_not_there_cannot_be_emptied() -> None:
    with pytest.raises(ValueError, match="there is no"):
        disarmed(RULE, Rule("src/door.py", "window", 1, ()))


def test_the_tests_that_name_a_rule_come_before_those_of_its_module_and_of_its_package() -> None:
    rule = Rule("src/shop/locks/door.py", "require_key", 1, ("AUTHN-1.1",))
    texts = ["import os", "from shop.locks import window", "from shop.locks.door import Door", "require_key()"]
    assert [nearness(rule, text) for text in texts] == [0, 1, 3, 4]


def test_held_hollow_broken_and_untested_rules_are_told_apart(repository: Path) -> None:
    tests = collect(repository)
    assert set(tests.values()) == {("GEN-1.1",), ("GEN-1.2",)}
    key, name, _ = rules_in(RULE, "src/door.py")
    assert outcomes(repository, key, tests) == {"GEN-1.1": Outcome.HELD}
    assert outcomes(repository, name, tests) == {"GEN-1.2": Outcome.HOLLOW}
    untested = Rule(key.path, key.name, key.line, ("CLI-1.1",))
    assert outcomes(repository, untested, tests) == {"CLI-1.1": Outcome.UNTESTED}


def test_a_rule_that_its_own_module_needs_to_import_is_broken_not_held(repository: Path) -> None:
    door = repository / "src/door.py"
    door.write_text(RULE.replace("FIRST = table()", 'FIRST = table()["one"]'))
    table = rules_in(door.read_text(), "src/door.py")[-1]
    assert set(outcomes(repository, table, collect(repository)).values()) == {Outcome.BROKEN}


def test_imports_are_followed_through_packages_and_conftest_files(tmp_path: Path) -> None:
    for path, text in {
        "src/a/__init__.py": "from . import b",
        "src/a/b.py": "import os\nfrom a.c import thing",
        "src/a/c.py": "",
        "src/a/d.py": "",
        "tests/conftest.py": "",
        "tests/test_a.py": "import a",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    reached = Imports(tmp_path).reached_from([tmp_path / "tests/test_a.py"])
    names = {path.relative_to(tmp_path).as_posix() for path in reached}
    assert names == {"src/a/__init__.py", "src/a/b.py", "src/a/c.py", "tests/conftest.py", "tests/test_a.py"}
