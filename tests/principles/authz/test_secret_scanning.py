"""AUTHZ-3.2: the pattern is published, scanners have rules for it, and what is found in public dies.

Principles: AUTHZ-3.2
"""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from tests.leaky_files import leaky, real_lines, tokens
from tests.live import live
from tests.worlds import wheel
from tools.scanner_rules import EXAMPLE, FOLDER, rules

from strongroom.authz.leaks import TokenSearch, tokens_in
from strongroom.authz.tokens import PATTERN
from strongroom.commands.main import cli

pytestmark = pytest.mark.principle("AUTHZ-3.2")

POLICY = Path(__file__).parents[3] / "docs" / "policies" / "leaked-tokens.md"


def patterns() -> dict[str, str]:
    """Return the regular expression in each file of rules, as its scanner reads it."""
    gitleaks = tomllib.loads((FOLDER / "gitleaks.toml").read_text())
    trufflehog = yaml.safe_load((FOLDER / "trufflehog.yaml").read_text())
    github = re.search(r"Secret format \| `(.+?)` \|", (FOLDER / "github-custom-pattern.md").read_text())
    plugin = re.search(r're\.compile\(r"(.+)"\)', (FOLDER / "strongroom_token.py").read_text())
    assert github
    assert plugin
    return {
        "gitleaks": gitleaks["rules"][0]["regex"],
        "trufflehog": trufflehog["detectors"][0]["regex"]["token"],
        "github": github[1],
        "detect-secrets": plugin[1],
    }


def test_the_rules_for_scanners_are_those_of_the_pattern() -> None:
    assert {path.name: path.read_text() for path in FOLDER.iterdir() if path.is_file()} == dict(rules())
    assert set(patterns().values()) == {PATTERN}
    assert PATTERN in POLICY.read_text()


def test_rules_for_one_instance_leave_the_others_alone() -> None:
    made = rules("acme")
    assert all("srm_acme_[a-z]" in text for text in made.values())


@pytest.mark.parametrize("scanner", ["gitleaks", "trufflehog", "github", "detect-secrets"])
def test_a_rule_finds_a_thousand_tokens_in_real_files_and_nothing_in_ten_thousand_real_lines(scanner: str) -> None:
    rule = re.compile(patterns()[scanner])
    assert [token for token, text in leaky(1000) if rule.findall(text) != [token]] == []
    assert [line for line in real_lines(10_000) if rule.search(line)] == []


def test_no_rule_needs_what_the_engines_of_scanners_have_not() -> None:
    """RE2 and Hyperscan have neither look-around nor back-references, nor possessive or atomic groups."""
    assert not re.search(r"\(\?[=!<>P]|\\[1-9]|[+*?}]\+", PATTERN)


def test_our_own_search_finds_them_all_too_and_each_where_it_is() -> None:
    for token, text in leaky(1000):
        content = text.encode()
        [(at, secret)] = tokens_in(content)
        assert secret.reveal() == token
        assert content[at:].startswith(token.encode())
    assert TokenSearch().fingerprints_in("\n".join(real_lines(10_000)).encode()) == []


def test_the_example_in_the_rules_is_no_token() -> None:
    assert re.fullmatch(PATTERN, EXAMPLE)
    assert list(tokens_in(EXAMPLE.encode())) == []
    for path in [POLICY, *FOLDER.iterdir()]:
        if path.is_file():
            assert list(tokens_in(path.read_bytes())) == []


@pytest.mark.client
def test_a_token_in_any_text_is_ended_by_whoever_finds_it(tmp_path: Path) -> None:
    with live(tmp_path) as served:
        leaked = served.admin("token", "add", "--user", "ada", "--right", "publish")["token"]
        text = f"password = {leaked}\n{tokens(1)[0]}\n{leaked}\n"
        words = ["token", "revoke-leaked", "-", "--url", served.url]
        dry = CliRunner().invoke(cli, [*words, "--dry-run"], input=text)
        assert dry.exit_code == 0
        assert "2 found; nothing was sent." in dry.output
        assert served.upload(wheel(), leaked).status == 200
        done = CliRunner().invoke(cli, words, input=text)
        assert done.exit_code == 0, done.output
        assert leaked not in done.output + dry.output
        assert f"srm_u…{leaked[-4:]}" in done.output
        assert served.upload(wheel(version="1.1"), leaked).json["code"] == "token-revoked"
        assert served.upload(wheel(version="1.1")).status == 200
        assert CliRunner().invoke(cli, words, input="nothing").output == "No token was found.\n"


def test_tokens_are_sent_over_no_line_that_others_can_read() -> None:
    words = ["token", "revoke-leaked", "-", "--url", "http://packages.example.org/"]
    done = CliRunner().invoke(cli, words, input=tokens(1)[0])
    assert isinstance(done.exception, ValueError)
    assert "is not https" in str(done.exception)
