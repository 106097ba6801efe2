"""The scene of the demonstration in which people sign in, by the JSON interface and an authenticator in software.

Principles: none
"""

import json
import random
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from strongroom.assess.authenticator import Authenticator


def people_sign_in(url: str, outbox: Path, invitation: str, line: Callable[..., None]) -> None:
    """Let whoever was invited enrol a passkey and sign in with it alone; then guess at ada's password."""
    applicant = {"name": "lin", "email": "lin@example.org", "invitation": invitation}
    _, lin = deed(url, "register", **applicant)
    session = lin.get("session", "")
    status, _ = deed(url, "verify-address", session, link=mailed_link(url, outbox, "account/verify/"))
    line("lin registered by invitation, and verified the address by the mailed link (AUTHN-1.1)", status == 200)
    key = Authenticator(lambda length: "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=length)))
    _, begun = deed(url, "keys/options", session)
    origin = url.rstrip("/")
    status, _ = deed(url, "keys/add", session, credential=key.create(begun["options"], origin), label="demo")
    line("lin enrolled a passkey, in software here (AUTHN-2.2)", status == 200)
    for where, says, expected in (
        (origin, "lin signed in with the passkey and nothing else (AUTHN-3.1)", 200),
        ("https://phishing.example", "the same on a phisher's page → refused", 403),
    ):
        _, begun = deed(url, "sign-in/passkey/options")
        answer = {"challenge": begun["challenge"], "credential": key.answer(begun["options"], where)}
        status, found = deed(url, "sign-in/passkey", **answer)
        line(says, status == expected, str(found.get("detail", "")))
    tries = 0
    while tries < 30 and deed(url, "sign-in", name="ada", password=f"a guess, number {tries}")[0] != 429:
        tries += 1
    line(f"ada's password could be guessed at {tries} times, then no more (AUTHN-1.5)", 0 < tries <= 10)


def deed(url: str, path: str, session: str = "", **said: Any) -> tuple[int, dict[str, Any]]:
    """Do one deed of the JSON interface, and return status and answer."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {session}"} if session else {})}
    request = urllib.request.Request(f"{url}api/v1/{path}", json.dumps(said).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def mailed_link(url: str, outbox: Path, path: str) -> str:
    """Return the newest link to `path` among the letters, which are files where there is no relay."""
    for _ in range(100):
        for letter in sorted(outbox.glob("*.eml"), reverse=True):
            if found := re.search(rf"{re.escape(url + path)}\S+", letter.read_text()):
                return found[0]
        time.sleep(0.1)
    raise RuntimeError(f"no letter with a link to {path} came")
