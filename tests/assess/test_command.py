"""`strongroom assess` as people and pipelines use it: exit codes, files, what it says when the target is not well.

Principles: none
"""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pypi_simple import PYPI_SIMPLE_ENDPOINT
from tests.assess.worlds import assessment, everything
from tests.live import BIN, live
from tests.postgres import free_port

from strongroom.assess.document import to_text
from strongroom.assess.journal import Journal, Thing
from strongroom.assess.reports import VIEWS
from strongroom.assess.store import Store
from strongroom.commands.main import cli


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state/strongroom/assess"


def assess(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["assess", *map(str, words)])


@contextmanager
def answering(status: int) -> Iterator[str]:
    """Serve this status, whatever is asked, on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        do_POST = do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_nobody_at_the_address_is_exit_3_and_a_report_that_says_so(tmp_path: Path) -> None:
    done = assess(f"http://127.0.0.1:{free_port()}/", "-f", "json,html", "-o", tmp_path / "out")
    assert done.exit_code == 3, done.output
    assert "could not be reached" in done.output
    document = json.loads((tmp_path / "out/assessment.json").read_text())
    assert (document["complete"], document["gate"]["exit"]) == (False, 3)
    assert "could not be reached" in (tmp_path / "out/assessment.html").read_text()


def test_a_target_that_only_breaks_is_never_well_measured() -> None:
    with answering(500) as url:
        done = assess(url, "--only", "gen", "-f", "json")
    document = json.loads(done.stdout)
    assert done.exit_code == 3, done.output
    assert not [f for f in document["findings"] if f["outcome"] == "met"]
    assert all(t["confirmed"] in (0, None) for t in document["tracks"])


def test_a_failed_gate_is_exit_1_and_outweighs_incompleteness() -> None:
    assert assess(f"http://127.0.0.1:{free_port()}/", "--min", "authn=1").exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ["http://127.0.0.1:1/", "--min", "authn=9"],
        ["http://127.0.0.1:1/", "-f", "pdf"],
        ["http://127.0.0.1:1/", "-f", "json,html"],
        ["http://127.0.0.1:1/", "--budget", "soon"],
        ["http://127.0.0.1:1/", "--fail-on", "weather"],
        ["--min", "authn=1"],
        ["explain", "GEN-9.9"],
        ["explain"],
        ["cleanup", "no-such-run"],
        ["questionnaire", "http://127.0.0.1:1/"],
        ["compare", "nowhere"],
    ],
)
def test_a_wrong_word_is_exit_2(words: list[str]) -> None:
    done = assess(*words)
    assert done.exit_code == 2, done.output


def test_an_annotation_of_an_unknown_clause_is_exit_2(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- {clause: GEN-9.9a, kind: planned, reason: r, owner: o, expires: 2027-01-01}\n")
    assert assess("http://127.0.0.1:1/", "--annotations", tmp_path / "a.yaml").exit_code == 2


def test_the_public_index_is_not_tried_whatever_the_flags(tmp_path: Path) -> None:
    # Nothing is sent to it: a public registry is known by its name.
    done = assess(PYPI_SIMPLE_ENDPOINT, "--driver", "generic-pypi", "--active", "--irreversible", "--data", tmp_path)
    assert done.exit_code == 2
    assert "public registry" in done.output


def test_explain_has_every_principle_as_json_and_one_as_text() -> None:
    everything_known = json.loads(assess("explain", "--all", "--json").stdout)
    assert len(everything_known) == 32
    assert all(each["remedies"]["operator"] and each["clauses"] for each in everything_known)
    text = assess("explain", "gen-2.1.b").output
    assert "GEN-2.1b" in text
    assert "GEN-2.1a" not in text
    assert json.loads(assess("explain", "AUTHN-2.4", "--json").stdout)["id"] == "AUTHN-2.4"


def test_diff_tells_a_regression_by_exit_1(tmp_path: Path) -> None:
    before, after = tmp_path / "a.json", tmp_path / "b.json"
    before.write_text(to_text(assessment(everything())))
    after.write_text(to_text(assessment(everything(but=["GEN-2.3a"]))))
    assert assess("diff", before, before).exit_code == 0
    done = assess("diff", before, after)
    assert done.exit_code == 1
    assert "GEN-2.3a   regressed: met → unmet" in done.output
    assert json.loads(assess("diff", before, after, "--json").stdout)[0]["change"] == "regressed"
    (tmp_path / "c.json").write_text("{}")
    assert assess("diff", before, tmp_path / "c.json").exit_code == 2


def test_replay_writes_every_view_without_touching_the_target(tmp_path: Path) -> None:
    kept = tmp_path / "a.json"
    kept.write_text(to_text(assessment(everything(but=["GEN-2.3a"]))))
    done = assess("replay", kept, "-f", ",".join(VIEWS), "-o", tmp_path / "out", "--budget", "20d")
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {view.filename for view in VIEWS.values()}
    assert "\x1b" not in (tmp_path / "out/assessment.txt").read_text()


SEEN = ("GEN-2.1a", "GEN-2.1b", "AUTHZ-1.1a", "AUTHZ-1.2a", "CLI-1.1a")


@pytest.mark.client
def test_a_live_strongroom_is_measured_and_left_clean(tmp_path: Path, state: Path) -> None:
    with live(tmp_path / "room") as room:
        began = time.monotonic()
        only = [word for clause in (*SEEN, "GEN-2.4a") for word in ("--only", clause)]
        out = ("-f", "json", "-o", tmp_path / "out", "--run", "one")
        done = assess(room.url, "--active", "--data", room.data, *out, *only)
        assert time.monotonic() - began < 300
        assert done.exit_code == 0, done.output
        document = json.loads((tmp_path / "out/assessment.json").read_text())
        assert document["complete"]
        assert document["left_behind"] == []
        states = {c["id"]: c["state"] for t in document["tracks"] for p in t["principles"] for c in p["clauses"]}
        assert [states[id] for id in SEEN] == ["met"] * len(SEEN)
        assert states["GEN-2.4a"] == "unmet", "what is not built yet is not met"
        assert json.loads((tmp_path / "out/assessment.json").read_text())["target"]["driver"] == "strongroom"
        transcript = next(state.glob("*/*-one/transcript.jsonl")).read_text()
        assert "srm_" not in transcript, "a token stands in the transcript"

        again = assess(room.url, "--only", "GEN-1.2", "--active", "--data", room.data, "--run", "two")
        assert again.exit_code == 0, again.output
        assert "history" not in again.output
        assert assess("history", room.url).output.count("general") == 2
        assert "Nothing is left" in assess("cleanup", "one", "--data", room.data).output


@pytest.mark.client
def test_what_a_run_that_died_left_is_taken_away_by_its_journal(tmp_path: Path, state: Path) -> None:
    with live(tmp_path / "room") as room:
        done = assess(room.url, "--only", "AUTHZ-1.2", "--active", "--data", room.data, "--run", "died")
        assert done.exit_code == 0, done.output
        name = room.admin("user", "add", "srprobedied1", "--email", "x@example.org")["user"]
        Journal(Store(state).find("died") / "journal.jsonl").about_to_make(Thing.PERSON, name)
        assert assess("cleanup", "died", "--data", room.data).exit_code == 0
        assert name not in json.dumps(list(map(str, Journal(Store(state).find("died") / "journal.jsonl").left())))
        words = [BIN / "strongroom", "admin", "user", "remove", name, "--data", room.data]
        assert subprocess.run(words, capture_output=True).returncode == 1, "the person is gone"
