"""Empty every rule in turn: a test of each of its principles must then fail.

    python -m tools.disarm            every rule, but those known to be held where nothing they depend on has changed
    python -m tools.disarm authn/     the rules in modules whose path contains this
    python -m tools.disarm --settle   the same, and write down what is held (disarmed.txt), so that others need not ask

A test that still passes when its rule does nothing demonstrates nothing. A principle whose tests are still pending
(pending.txt) is told as UNTESTED, and fails nothing here.

Principles: none
"""

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from tools.disarming import Outcome, Rule, collect, outcomes, rules_in
from tools.imports import Imports
from tools.trace import PENDING, parse_pending

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "disarm"
#: Digests of all that an outcome rests on, of rules that were held: whoever has the same need not find out again.
LEDGER = Path(__file__).with_name("disarmed.txt")
AT_ONCE = 2

Tests = dict[str, tuple[str, ...]]


def rules(root: Path) -> list[Rule]:
    """Return every rule in the source, in the order of the files."""
    paths = sorted((root / "src").rglob("*.py"))
    return [rule for path in paths for rule in rules_in(path.read_text("utf-8"), path.relative_to(root).as_posix())]


def fingerprint(root: Path, rule: Rule, tests: Tests, imports: Imports) -> str:
    """Return a digest of all that can change the outcome: the rule's module, its tests, and what those import."""
    files = {test.partition("::")[0] for test, ids in tests.items() if set(ids) & set(rule.ids)}
    seen = hashlib.sha256(repr((rule, sys.version_info, sorted(files))).encode())
    settings = [path for name in ("pyproject.toml", "requirements/dev.txt") if (path := root / name).exists()]
    tools = [Path(__file__).with_name(name) for name in ("disarming.py", "disarming_plugin.py", "marks.py")]
    assets = [path for path in (root / "src").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    modules = imports.reached_from([root / rule.path, *(root / file for file in files)])
    for path in sorted({*settings, *tools, *assets, *modules}):
        seen.update(repr((path.name, hashlib.sha256(path.read_bytes()).hexdigest())).encode())
    return seen.hexdigest()


def judge(root: Path, rule: Rule, tests: Tests, imports: Imports) -> dict[str, Outcome]:
    """Return the outcome of emptying one rule, from the cache when nothing that it depends on has changed."""
    digest = fingerprint(root, rule, tests, imports)
    kept = CACHE / digest
    if digest in held_before():
        return dict.fromkeys(rule.ids, Outcome.HELD)
    if kept.exists():
        return {id: Outcome(outcome) for id, outcome in json.loads(kept.read_text()).items()}
    found = outcomes(root, rule, tests)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found))
    return found


@cache
def held_before() -> frozenset[str]:
    """Return the digests in the ledger."""
    return frozenset(LEDGER.read_text().split()) if LEDGER.exists() else frozenset()


def settle(digests: list[str]) -> None:
    """Write down which rules are held, by digest."""
    LEDGER.write_text("".join(f"{digest}\n" for digest in sorted(digests)))


def main(arguments: list[str]) -> int:
    """Judge the rules that the arguments choose; return 1 when one is not held, 2 when pytest cannot run."""
    is_settling = "--settle" in arguments
    arguments = [each for each in arguments if each != "--settle"]
    chosen = [rule for rule in rules(ROOT) if not arguments or any(part in rule.path for part in arguments)]
    pending, bad = parse_pending((ROOT / PENDING).read_text()), 0
    try:
        tests, imports = collect(ROOT), Imports(ROOT)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for rule, found in zip(chosen, pool.map(lambda r: judge(ROOT, r, tests, imports), chosen), strict=True):
                for id, outcome in found.items():
                    waiting = outcome is Outcome.UNTESTED and (id, "test") in pending
                    bad += outcome is not Outcome.HELD and not waiting
                    print(f"{outcome:9} {id:10} {rule}", flush=True)
    except subprocess.CalledProcessError as broken:
        print(f"pytest could not run (exit {broken.returncode}):\n{broken.stdout}{broken.stderr}")
        return 2
    except subprocess.TimeoutExpired as endless:
        print(f"the tests did not end in {endless.timeout:.0f} s: {endless.cmd}")
        return 2
    print(f"{len(chosen)} rules emptied, {bad} not held by a test")
    if is_settling and not bad:
        settle([fingerprint(ROOT, rule, tests, imports) for rule in chosen])
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
