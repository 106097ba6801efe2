"""A driver of one's own for `strongroom assess`: the simple index and the upload form, in the standard library alone.

    strongroom assess http://127.0.0.1:8080/ --active --driver-command 'python examples/assess_driver.py' \
        --account NAME:PASSWORD

What it reads and writes is told in docs/assess-drivers.md. It is Python here, and may be anything.

Principles: none
"""

import base64
import json
import sys
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urljoin

KINDS = {401: "unauthenticated", 403: "forbidden", 404: "missing", 409: "exists", 429: "throttled"}
Answer = dict[str, Any]


class Driver:
    """Everything that this driver can do: a method for each operation, named as the operation is."""

    base = ""

    def hello(self, given: dict[str, Any]) -> Answer:
        """Say which product this is, what the driver can do, and what the product is known to lack."""
        self.base = given["base"]
        return {
            "protocol": 1,
            "driver": "example",
            "title": "an index of my own",
            "ecosystem": "pypi",
            "taxonomy": {"accounts": ["yes"], "accepts": ["built"]},
            "can": ["publish", "files", "fetch"],
            "lacks": {"enrol_totp": "It knows no second factor."},
        }

    def publish(self, given: dict[str, Any]) -> Answer:
        """Send a file by the upload form."""
        file, boundary = given["file"], "boundary-of-an-example"
        parts = [_part(boundary, f'name="{name}"', value.encode()) for name, value in file["form"].items()]
        where = f'name="content"; filename="{file["filename"]}"'
        parts.append(_part(boundary, where, base64.b64decode(file["content"])))
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        credentials = base64.b64encode(given["token"].encode()).decode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Authorization": f"Basic {credentials}"}
        return self._asked("legacy/", body, headers)

    def files(self, given: dict[str, Any]) -> Answer:
        """List the files of a project."""
        answer = self._asked(f"simple/{given['project']}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
        if answer["kind"] == "accepted":
            listed = json.loads(base64.b64decode(answer["body"]))["files"]
            answer["values"] = {"files": [_file(each) for each in listed]}
        return answer

    def fetch(self, given: dict[str, Any]) -> Answer:
        """Fetch a file."""
        return self._asked(given["url"])

    def _asked(self, where: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        request = urllib.request.Request(urljoin(self.base, where), body, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                status, content = reply.status, reply.read(20 << 20)
        except urllib.error.HTTPError as no:
            status, content = no.code, no.read(20 << 20)
        kind = "accepted" if status < 300 else KINDS.get(status, "refused" if status < 500 else "failed")
        return {"kind": kind, "status": status, "body": base64.b64encode(content).decode()}


def _part(boundary: str, disposition: str, content: bytes) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n"


def _file(listed: dict[str, Any]) -> dict[str, Any]:
    digest = listed.get("hashes", {}).get("sha256", "")
    return {"filename": listed["filename"], "url": listed["url"], "sha256": digest, "version": "", "yanked": False}


def main() -> None:
    """Answer one line of JSON with one, until nothing more comes."""
    driver = Driver()
    for line in sys.stdin:
        asked = json.loads(line)
        do = getattr(driver, asked["op"])
        try:
            said = do(asked if asked["op"] == "hello" else asked["given"])
        except (OSError, KeyError, ValueError) as wrong:
            said = {"error": f"{type(wrong).__name__}: {wrong}"}
        print(json.dumps({"id": asked["id"], **said}), flush=True)


if __name__ == "__main__":
    main()
