"""An exercise at a table: scenarios are whole, the log goes on where it ended, and what was missing joins the plan.

Principles: none
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.assess.worlds import assessment, everything

from strongroom.assess.document import to_text
from strongroom.assess.exercise.log import What, items, read
from strongroom.assess.exercise.report import after_action
from strongroom.assess.exercise.scenario import Scenario, load, parse_scenario, shipped, with_weaknesses
from strongroom.assess.exercise.table import Table
from strongroom.assess.plan import Part, make_plan
from strongroom.assess.run import every_probe
from strongroom.commands.main import cli
from strongroom.principles.guidance import attacks

GOOD = """
id: small
title: Small
about: A test.
minutes: 10
roles: [operator]
objectives: [{id: O1, text: Learn., principles: [GEN-1.1]}]
injects:
  - {id: I2, at: 5, to: [operator], text: Then., ask: 'And?', principles: [GEN-2.1]}
  - {id: I1, at: 0, to: [operator], text: First., ask: 'What?', expect: [calm], principles: [GEN-2.2]}
"""


def play(path: Path, lines: Iterable[str], scenario: Scenario | None = None) -> tuple[bool, list[str]]:
    said: list[str] = []
    clock = iter(datetime(2026, 11, 22, tzinfo=UTC) + timedelta(minutes=m) for m in range(10_000))
    rest = iter(lines)
    table = Table(scenario or parse_scenario(GOOD), path, lambda: next(clock), lambda _: next(rest, None), said.append)
    return table.play(), said


def test_three_scenarios_are_shipped_and_one_is_that_of_march_2024() -> None:
    found = shipped()
    assert set(found) >= {"toolchain", "friday-takeover", "token-flood"}
    assert "removes functionality" in found["toolchain"].title
    for each in found.values():
        assert each.injects[-1].at + each.injects[-1].minutes <= each.minutes
        assert all(inject.expect and inject.principles for inject in each.injects)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (GOOD.replace("GEN-2.1", "GEN-9.1"), "no principle GEN-9.1"),
        (GOOD.replace("to: [operator], text: Then", "to: [king], text: Then"), "nobody at the table is king"),
        (GOOD.replace("id: I2", "id: I1"), "an id of its own"),
        (GOOD.replace("minutes: 10", "minute: 10"), "lacks 'minutes'"),
        ("[", "no YAML"),
        ("- a", "lacks"),
    ],
)
def test_a_scenario_that_is_not_whole_is_refused(wrong: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_scenario(wrong)


def test_injects_come_in_the_order_of_their_time() -> None:
    assert [each.id for each in parse_scenario(GOOD).injects] == ["I1", "I2"]


def test_everything_that_is_said_is_in_the_log_with_its_time(tmp_path: Path) -> None:
    ended, said = play(
        tmp_path / "log", ["d we stop it", "g nobody on call", "a ada 2027-01-31 name somebody", "n", "o O1 yes", "n"]
    )
    assert ended
    entries = read(tmp_path / "log")
    assert [e.what for e in entries] == [
        What.BEGUN, What.SHOWN, What.DECISION, What.GAP, What.ACTION, What.SHOWN, What.OBJECTIVE, What.ENDED,
    ]  # fmt: skip
    action = entries[4]
    assert (action.owner, action.due, action.text, action.principle) == (
        "ada",
        "2027-01-31",
        "name somebody",
        "GEN-2.2",
    )
    assert any("worth having heard: calm" in line for line in said)


@pytest.mark.parametrize("line", ["", "x", "d", "a ada", "a ada soon do it", "o O9 yes", "o O1 perhaps"])
def test_what_is_no_entry_is_not_logged(tmp_path: Path, line: str) -> None:
    play(tmp_path / "log", [line, "n", "n"])
    assert {e.what for e in read(tmp_path / "log")} == {What.BEGUN, What.SHOWN, What.ENDED}


def test_an_exercise_goes_on_where_it_ended(tmp_path: Path) -> None:
    assert not play(tmp_path / "log", ["n", "d half way", "q"])[0]
    ended, said = play(tmp_path / "log", ["d done", "n"])
    assert ended
    assert not any("First." in line for line in said)
    assert [e.text for e in read(tmp_path / "log") if e.what is What.DECISION] == ["half way", "done"]
    assert sum(e.what is What.BEGUN for e in read(tmp_path / "log")) == 1


def test_an_exercise_that_has_ended_shows_nothing_again(tmp_path: Path) -> None:
    play(tmp_path / "log", ["n", "n"])
    assert not any("First." in line for line in play(tmp_path / "log", [])[1])


def test_an_input_that_ends_stops_the_exercise_and_keeps_the_log(tmp_path: Path) -> None:
    assert not play(tmp_path / "log", ["d one"])[0]
    assert len(read(tmp_path / "log")) == 3


def test_the_report_tells_times_decisions_gaps_and_actions(tmp_path: Path) -> None:
    play(
        tmp_path / "log",
        ["d we <b>stop</b> it", "g nobody | on call", "a ada 2027-01-31 name somebody", "o O1 no", "n", "n"],
    )
    text = after_action(parse_scenario(GOOD), read(tmp_path / "log"))
    for word in (
        "decision: we \\<b\\>stop",
        "nobody \\| on call",
        "| I1 | name somebody | ada | 2027-01-31 |",
        ": not met",
    ):
        assert word in text
    assert "no evidence that a principle is met" in text


def test_what_was_missing_joins_the_plan(tmp_path: Path) -> None:
    play(tmp_path / "log", ["a ada 2027-01-31 name somebody", "n", "g no list of events", "n"])
    extra = tuple(items(parse_scenario(GOOD), read(tmp_path / "log")))
    plan = make_plan(assessment(everything()), every_probe(), extra=extra)
    assert {(i.part, i.principle, i.title, i.owner) for i in plan.items} == {
        (Part.FIX_NOW, "GEN-2.1", "no list of events", ""),
        (Part.FIX_NOW, "GEN-2.2", "name somebody", "ada"),
    }


def test_injects_are_drawn_from_the_weakest_clauses_each_class_of_attack_once() -> None:
    found = with_weaknesses(parse_scenario(GOOD), assessment(everything(but=["AUTHZ-3.2c", "GEN-2.1a", "CLI-2.1a"])))
    drawn = [each for each in found.injects if each.id.startswith("W")]
    assert len(drawn) == 3
    assert "AUTHZ-3.2c" in " ".join(each.text for each in drawn)
    assert found.minutes == 40
    assert all(each.at >= 15 for each in drawn)


def test_where_nothing_is_unmet_nothing_is_drawn() -> None:
    assert with_weaknesses(parse_scenario(GOOD), assessment(everything())) == parse_scenario(GOOD)


def test_every_class_of_attack_has_its_inject() -> None:
    import tomllib
    from importlib.resources import files

    texts = tomllib.loads(files("strongroom.assess.exercise").joinpath("injects.toml").read_text("utf-8"))
    assert set(texts) == set(attacks())


def test_a_log_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('{"what": "begun"}\n')
    with pytest.raises(ValueError, match="line 1"):
        read(tmp_path / "log")


def test_the_commands_play_report_and_add_to_the_plan(tmp_path: Path) -> None:
    run = CliRunner()
    log, kept = tmp_path / "log.jsonl", tmp_path / "assessment.json"
    kept.write_text(to_text(assessment(everything(but=["GEN-2.3a"]))))
    played = run.invoke(
        cli,
        ["exercise", "run", "token-flood", "--log", str(log), "--from", str(kept)],
        input="g nobody on call\n" + "n\n" * 9,
    )
    assert played.exit_code == 0, played.output
    assert "drawn from the assessment" in played.output
    told = run.invoke(cli, ["exercise", "report", "token-flood", str(log), "--from", str(kept)])
    assert "nobody on call" in told.output
    plan = run.invoke(cli, ["assess", "replay", str(kept), "-f", "plan", "--exercise", f"token-flood:{log}"])
    assert "nobody on call" in plan.output, plan.output
    assert run.invoke(cli, ["exercise", "list"]).output.count("injects:") >= 3
    assert run.invoke(cli, ["exercise", "run", "nowhere"]).exit_code == 2
    assert "worth" not in run.invoke(cli, ["exercise", "show", load("token-flood").id]).output
