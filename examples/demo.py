"""The main job on real input: publish, install, see five things refused, sign in, and be measured.

Run it with `./run demo`. Exit code 0 only if every line held. Everything happens in a temporary folder.

Principles: none
"""

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from signing_in import people_sign_in

BIN = Path(sys.executable).parent
FROM_THE_PUBLIC_INDEX = ("idna==3.10", "iniconfig==2.1.0")
START_SECONDS = 20

PROJECT = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "anvil-demo"
version = "1.0"
description = "An anvil, for the demonstration"
readme = "README.md"
requires-python = ">=3.9"
dependencies = ["idna>=3"]
""",
    "README.md": "# Anvil\n\nIt is *heavy*.\n",
    "src/anvil_demo/__init__.py": '"""An anvil."""\n\nWEIGHT_KG = 150\n',
}


@dataclass
class Stage:
    """Where the demonstration happens, and how it went."""

    room: Path
    url: str
    held: int = 0
    broken: list[str] = field(default_factory=list)

    def line(self, says: str, holds: bool, detail: str = "") -> None:
        """Tell one line, and remember whether it held."""
        mark = paint("✓", "32") if holds else paint("✗", "31")
        print(f"  {mark} {says}" + (f"\n      {paint(detail, '2')}" if detail else ""), flush=True)
        if holds:
            self.held += 1
        else:
            self.broken.append(says)


def main() -> int:
    """Play every scene; return the exit code."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="strongroom-demo-") as folder:
        room, port = Path(folder), free_port()
        server = start(room, port)
        try:
            stage = Stage(room, f"http://localhost:{port}/")  # a passkey is bound to a name, and to no number
            play(stage, server)
        finally:
            server.terminate()
            server.wait(timeout=15)
    verdict = f"{stage.held} lines held, {len(stage.broken)} did not, in {time.monotonic() - began:.0f} s"
    print(f"\n{paint(verdict, '31' if stage.broken else '32')}")
    for says in stage.broken:
        print(f"  did not hold: {says}")
    return 1 if stage.broken else 0


def play(stage: Stage, server: "subprocess.Popen[bytes]") -> None:
    """Play the scenes in order."""
    heading("A repository, and a maintainer with a second factor")
    ada = admin(stage, "user", "add", "ada", "--email", "ada@example.org")
    stage.line("started on SQLite and a folder, in one process", server.poll() is None, stage.url)
    stage.line("ada may publish; her token begins with srm_ (AUTHZ-1.2)", ada["token"].startswith("srm_"))

    heading("Real packages go in")
    files = gather(stage)
    wheel, sdist, *others = files
    publish_with_twine(stage, ada["token"], [wheel, sdist])
    publish_with_uv(stage, ada["token"], others)

    heading("and come out, pinned by hash (CLI-1.1)")
    pins = stage.room / "requirements.txt"
    pins.write_text("".join(pin(path) for path in (wheel, *(p for p in others if p.suffix == ".whl"))))
    install(stage, "pip", pins)
    install(stage, "uv", pins)

    heading("Five things that must fail")
    refusals(stage, ada["token"], wheel, sdist)

    heading("People sign in with what cannot be phished")
    admin(stage, "breaches", "import", "--common")  # new passwords are held against a list, also without the internet
    invited = admin(stage, "user", "invite", "lin@example.org", "--no-mail")
    people_sign_in(stage.url, stage.room / "data" / "outbox", invited["link"], stage.line)

    heading("Measured by its own assessor, as anybody else would be; it takes a minute or two")
    assess_itself(stage)

    heading("For people")
    for path in ("", "project/anvil-demo/", "simple/anvil-demo/", "policies/removal/", "changes.json"):
        stage.line(f"page {stage.url}{path}", status_of(f"{stage.url}{path}") == 200)
    print(paint("\n  These pages are gone when the demonstration ends. To look at your own: ./run serve", "2"))


def gather(stage: Stage) -> list[Path]:
    """Build one project from source, fetch two real ones; return wheel and sdist of the first, then the others."""
    source, built = stage.room / "anvil", stage.room / "built"
    for name, text in PROJECT.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    run([BIN / "python", "-m", "build", "--no-isolation", "--outdir", built, source])
    stage.line("built anvil-demo 1.0 from source", len(list(built.iterdir())) == 2)
    fetched = stage.room / "fetched"
    run([BIN / "python", "-m", "pip", "download", "-q", "--no-deps", "-d", fetched, *FROM_THE_PUBLIC_INDEX], index=True)
    stage.line(
        f"fetched {' and '.join(FROM_THE_PUBLIC_INDEX)} from the public index", len(list(fetched.iterdir())) == 2
    )
    return [*sorted(built.glob("*.whl")), *sorted(built.glob("*.tar.gz")), *sorted(fetched.iterdir())]


def publish_with_twine(stage: Stage, token: str, files: Sequence[Path]) -> None:
    """Publish with twine."""
    done = run([BIN / "twine", "upload", "--disable-progress-bar", *files], env=twine(stage, token), check=False)
    stage.line(f"twine published {names(files)}", done.returncode == 0, last_line(done) if done.returncode else "")


def publish_with_uv(stage: Stage, token: str, files: Sequence[Path]) -> None:
    """Publish with uv, which asks the index first what is there already."""
    done = run(
        [BIN / "uv", "publish", "--no-config", "--check-url", f"{stage.url}simple/", *files],
        env={"UV_PUBLISH_URL": f"{stage.url}legacy/", "UV_PUBLISH_TOKEN": token},
        check=False,
    )
    stage.line(f"uv published {names(files)}", done.returncode == 0, last_line(done) if done.returncode else "")


def install(stage: Stage, client: str, pins: Path) -> None:
    """Install by hash-pinned requirements into a fresh environment, and import what came."""
    home = stage.room / f"env-{client}"
    index = ["--index-url", f"{stage.url}simple/", "--require-hashes", "-r", str(pins)]
    if client == "uv":
        run([BIN / "uv", "venv", "--no-config", "-q", "--python", sys.executable, home])
        done = run(
            [BIN / "uv", "pip", "install", "--no-config", "-q", "--python", home / "bin/python", *index], check=False
        )
    else:
        run([sys.executable, "-m", "venv", home])
        done = run([home / "bin/python", "-m", "pip", "install", "-q", *index], check=False)
    used = run([home / "bin/python", "-c", "import anvil_demo, idna; print(anvil_demo.WEIGHT_KG)"], check=False)
    held = done.returncode == 0 and used.stdout.strip() == "150"
    stage.line(f"{client} installed {pins.name} into a fresh environment", held, "" if held else last_line(done))


def refusals(stage: Stage, token: str, wheel: Path, sdist: Path) -> None:
    """Try what must fail: each is refused, names its principle, and leaves the index as it was."""
    room = stage.room
    other = admin(stage, "token", "add", "--user", "ada", "--project", "something-else", "--right", "publish")["token"]

    changed = copy(wheel, room / "changed", lambda archive: archive.writestr("anvil_demo/extra.py", "x = 1\n"))
    expect(stage, token, changed, "other bytes under the same name", "file-exists", "GEN-2.1")

    admin(stage, "remove", sdist.name)
    expect(stage, token, sdist, "the name of a file that was removed", "filename-removed", "GEN-2.1")

    newer = renamed(wheel, room / "newer", "1.1")
    expect(stage, other, newer, "a token made for another project", "token-out-of-scope", "AUTHZ-1.1")

    lying = renamed(wheel, room / "lying", "1.2", says="9.9")
    expect(stage, token, lying, "a wheel whose METADATA lies about its version", "filename-mismatch", "GEN-2.1")

    climbing = renamed(wheel, room / "climbing", "1.3", extra="../../outside.py")
    expect(stage, token, climbing, "an archive that climbs out of its folder", "", "GEN-2.3")


def assess_itself(stage: Stage) -> None:
    """Assess the repository actively; its data folder is the proof of control. What is not built yet reads unmet."""
    out = stage.room / "assessment"
    command = [
        BIN / "strongroom",
        "assess",
        stage.url,
        "--active",
        "--data",
        stage.room / "data",
        "-f",
        "json",
        "-o",
        out,
    ]
    done = run(command, env={"XDG_STATE_HOME": str(stage.room / "state")}, check=False)
    print("".join(f"    {line}\n" for line in done.stdout.splitlines()))
    found = json.loads((out / "assessment.json").read_text()) if done.returncode in (0, 3) else {}
    settled = [f for f in found.get("findings", []) if f["outcome"] in ("met", "partly", "unmet")]
    whole = done.returncode == 0 and found["complete"]
    stage.line(f"assessed, {len(settled)} clauses settled by probes", whole, "" if whole else last_line(done))
    stage.line("the assessor left nothing behind", found.get("left_behind") == [])


def expect(stage: Stage, token: str, file: Path, says: str, code: str, principle: str) -> None:
    """Upload `file` as it is, and hold the answer against the refusal that it must get."""
    status, answer = upload(f"{stage.url}legacy/", token, file)
    refused = 400 <= status < 500 and answer.get("principle") == principle and code in ("", answer.get("code"))
    detail = f"{status} {answer.get('code')} [{answer.get('principle')}] {answer.get('detail')}"
    stage.line(f"{says} → refused", refused, detail)


def upload(url: str, token: str, file: Path) -> tuple[int, dict[str, str]]:
    """Send one file as twine would, without looking into it first; return status and problem document."""
    content = file.read_bytes()
    name, version = file.name.split("-")[:2]
    fields = {
        ":action": "file_upload",
        "protocol_version": "1",
        "filetype": "bdist_wheel" if file.suffix == ".whl" else "sdist",
        "pyversion": "py3" if file.suffix == ".whl" else "source",
        "name": name,
        "version": version.removesuffix(".tar.gz"),
        "sha256_digest": hashlib.sha256(content).hexdigest(),
    }
    edge = "strongroom-demonstration"
    body = b"".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    )
    body += f'--{edge}\r\nContent-Disposition: form-data; name="content"; filename="{file.name}"\r\n\r\n'.encode()
    request = urllib.request.Request(url, body + content + f"\r\n--{edge}--\r\n".encode())
    request.add_header("Content-Type", f"multipart/form-data; boundary={edge}")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, {}
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def copy(wheel: Path, folder: Path, change: Callable[[zipfile.ZipFile], None]) -> Path:
    """Return a copy of the wheel, under the same name, changed."""
    folder.mkdir()
    target = folder / wheel.name
    shutil.copy(wheel, target)
    with zipfile.ZipFile(target, "a") as archive:
        change(archive)
    return target


def renamed(wheel: Path, folder: Path, version: str, *, says: str = "", extra: str = "") -> Path:
    """Return the wheel made again as another version; perhaps with metadata that says otherwise, or one more entry."""
    folder.mkdir()
    target = folder / wheel.name.replace("-1.0-", f"-{version}-")
    entries: dict[str, bytes] = {}
    with zipfile.ZipFile(wheel) as old:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("/METADATA"):
                content = content.replace(b"\nVersion: 1.0\n", f"\nVersion: {says or version}\n".encode())
            if not name.endswith("/RECORD"):
                entries[name.replace("-1.0.dist-info", f"-{version}.dist-info")] = content
    if extra:
        entries[extra] = b"print('outside')\n"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in entries.items():
            new.writestr(name, content)
        record = f"anvil_demo-{version}.dist-info/RECORD"
        new.writestr(
            record, "".join(f"{n},sha256={digest(c)},{len(c)}\n" for n, c in entries.items()) + f"{record},,\n"
        )
    return target


def digest(content: bytes) -> str:
    """Return the digest as RECORD writes it."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def pin(wheel: Path) -> str:
    """Return the line of a requirements file that pins this wheel."""
    name, version = wheel.name.split("-")[:2]
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def start(room: Path, port: int) -> "subprocess.Popen[bytes]":
    """Start a Strongroom and wait until it answers."""
    command = [BIN / "strongroom", "serve", "--data", room / "data", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if status_of(f"http://127.0.0.1:{port}/healthz") == 200:
            return server
        time.sleep(0.1)
    server.terminate()
    raise SystemExit("Strongroom did not start.")


def admin(stage: Stage, *words: str) -> dict[str, str]:
    """Run `strongroom admin …`, beside the running server, and return what it prints."""
    done = run([BIN / "strongroom", "admin", *words, "--data", stage.room / "data", "--json"])
    found: dict[str, str] = json.loads(done.stdout)
    return found


def run(
    command: Sequence[str | Path], *, env: dict[str, str] | None = None, check: bool = True, index: bool = False
) -> "subprocess.CompletedProcess[str]":
    """Run a command; without `index`, the pip and uv settings of this machine are kept out of it."""
    kept = {k: v for k, v in os.environ.items() if index or not k.startswith(("PIP_", "UV_", "TWINE_"))}
    kept |= {} if index else {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run([str(c) for c in command], env=kept | (env or {}), capture_output=True, text=True)
    if check and done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done


def twine(stage: Stage, token: str) -> dict[str, str]:
    """Return the environment that tells twine where and as whom."""
    return {
        "TWINE_REPOSITORY_URL": f"{stage.url}legacy/",
        "TWINE_USERNAME": "__token__",
        "TWINE_PASSWORD": token,
        "TWINE_NON_INTERACTIVE": "1",
    }


def status_of(url: str) -> int:
    """Return the status of a page; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def names(files: Sequence[Path]) -> str:
    """Return the files' names, in a sentence."""
    return " and ".join(path.name for path in files)


def last_line(done: "subprocess.CompletedProcess[str]") -> str:
    """Return what a command said last."""
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[-1] if lines else ""


def heading(text: str) -> None:
    """Tell what comes now."""
    print(f"\n{paint(text, '1')}", flush=True)


def paint(text: str, code: str) -> str:
    """Return the text in a colour, on a terminal."""
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() and text else text


if __name__ == "__main__":
    sys.exit(main())
