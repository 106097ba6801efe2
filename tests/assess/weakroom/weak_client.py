"""A small installer, whole and well made, with one switch for every flaw; run as a program of its own.

    weak_client.py FLAWS VERB [--name value …]

Principles: none
"""

import ast
import hashlib
import json
import re
import sys
import tomllib
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

LIMIT_BYTES = 1 << 20


class Refuse(Exception):
    """What was asked for is not done."""


class WeakClient:
    """One run of the installer: its flaws, and what it was given."""

    def __init__(self, flaws: set[str], given: dict[str, str]) -> None:
        self.flaws, self.given = flaws, given

    def fetch(self, path: str) -> bytes:
        """Return what the index has at a path."""
        root = self.given["index"].removesuffix("/simple/")
        with urllib.request.urlopen(root + path, timeout=20) as answer:
            return bytes(answer.read(LIMIT_BYTES))

    def offered(self, project: str) -> dict[str, str]:
        """Return the path of the file of every version that the index offers."""
        page = self.fetch(f"/simple/{project}/").decode()
        paths = re.findall(r'href="([^"#]+)', page)
        return {path.rpartition("/")[2].split("-")[1]: path for path in paths}

    def install(self, project: str, version: str, digest: str = "") -> None:
        """Install one version, the newest when none is named; refuse other bytes than those of the digest."""
        offered = self.offered(project)
        if not version or "ignores-pins" in self.flaws:
            version = max(offered)
        content = self.fetch(offered[version])
        if digest and hashlib.sha256(content).hexdigest() not in digest and "ignores-hashes" not in self.flaws:
            raise Refuse("other bytes than the pinned")
        path = Path(self.given["target"]) / "downloaded.whl"
        path.write_bytes(content)
        with zipfile.ZipFile(path) as archive:
            archive.extractall(self.given["target"])

    def do_install(self) -> None:
        """Install one requirement."""
        name, _, version = self.given["requirement"].partition("==")
        if "advisories" in self.given and version and "says-nothing" not in self.flaws:
            self.warn(name, version)
        self.install(name, version)

    do_install_watched = do_install

    def do_install_hashed(self) -> None:
        """Install what a file pins."""
        for line in Path(self.given["requirements"]).read_text().splitlines():
            match = re.fullmatch(r"(\S+)==(\S+)((?: --hash=sha256:[0-9a-f]{64})+)", line)
            if match is None:
                raise Refuse(f"not pinned: {line}")
            self.install(match[1], match[2], match[3])

    def advisories(self, name: str, version: str) -> list[dict[str, Any]]:
        """Return the advisories on one version."""
        query = {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
        request = urllib.request.Request(self.given["advisories"] + "/v1/query", json.dumps(query).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return list(json.loads(answer.read(LIMIT_BYTES))["vulns"])

    def warn(self, name: str, version: str) -> list[dict[str, Any]]:
        """Say which advisories speak of a version."""
        found = self.advisories(name, version)
        for each in found:
            print(f"warning: {name} {version} has {each['id']}")
        return found

    @property
    def project(self) -> Path:
        """The project's folder."""
        return Path(self.given["project"])

    def do_lock(self) -> None:
        """Lock the project's one dependency."""
        text = tomllib.loads((self.project / "pyproject.toml").read_text())
        name, _, version = text["project"]["dependencies"][0].partition("==")
        self.write_lock(name, version or max(self.offered(name)))

    def write_lock(self, name: str, version: str) -> None:
        """Write the lock."""
        (self.project / "weak.lock").write_text(json.dumps({"name": name, "version": version}))

    def locked(self) -> tuple[str, str]:
        """Return what is locked."""
        lock = json.loads((self.project / "weak.lock").read_text())
        return lock["name"], lock["version"]

    def do_audit(self) -> None:
        """Name the advisories on what is locked."""
        if self.warn(*self.locked()):
            raise Refuse("vulnerable")

    def do_sbom_cyclonedx(self) -> None:
        """List the components as CycloneDX."""
        name, version = self.locked()
        one = {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"}
        components = [] if "forgets-components" in self.flaws else [one]
        self.out({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components})

    def do_sbom_spdx(self) -> None:
        """List the components as SPDX."""
        name, version = self.locked()
        one = {"SPDXID": "SPDXRef-1", "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION"}
        self.out({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": [one]})

    def out(self, document: dict[str, Any]) -> None:
        """Write a document where it was asked for."""
        Path(self.given["out"]).write_text(json.dumps(document))

    def do_fix(self) -> None:
        """Move what is vulnerable to the nearest version that is not."""
        name, version = self.locked()
        better = sorted(v for v in self.offered(name) if v > version and not self.advisories(name, v))
        if self.advisories(name, version):
            self.write_lock(name, better[-1 if "jumps-to-newest" in self.flaws else 0])

    def do_reach(self) -> None:
        """Name the advisories whose function the project calls."""
        name, version = "srprobe-client", "1.0"
        calls = {
            ast.unparse(n.func)
            for n in ast.walk(ast.parse((self.project / "app.py").read_text()))
            if isinstance(n, ast.Call)
        }
        for each in self.advisories(name, version):
            functions = set(each["affected"][0]["ecosystem_specific"]["functions"])
            if functions & calls or "names-what-is-not-reached" in self.flaws:
                print(each["id"])


def main() -> int:
    """Do one verb."""
    if sys.argv[1:] == ["--version"] or sys.argv[2:] == ["--version"]:
        print("weak 1.0")
        return 0
    flaws, verb, *rest = sys.argv[1:]
    given = {name.removeprefix("--"): value for name, value in zip(rest[::2], rest[1::2], strict=True)}
    try:
        getattr(WeakClient(set(flaws.split(",")), given), f"do_{verb.replace('-', '_')}")()
    except Refuse as refused:
        print(f"refused: {refused}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
