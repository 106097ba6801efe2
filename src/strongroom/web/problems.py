"""Refusals as RFC 9457 problem documents: the only place that knows a status code.

Principles: none
"""

from typing import Final

import orjson

from strongroom.authn.throttle import TooMany
from strongroom.kernel.refusals import Refused

PROBLEM_TYPE: Final = b"application/problem+json"

STATUS: Final[dict[str, int]] = {
    "account-disabled": 403,
    "account-exists": 409,
    "address-taken": 409,
    "attestation-invalid": 400,
    "attestation-needs-publisher": 403,
    "attestation-required": 403,
    "bad-form": 400,
    "bad-reason": 400,
    "bad-request": 400,
    "breach-list-silent": 503,
    "change-password-first": 403,
    "cloned-key": 403,
    "cooling-off": 403,
    "cross-site": 403,
    "description-does-not-render": 400,
    "description-too-slow": 400,
    "digest-mismatch": 400,
    "email-not-verified": 403,
    "enrolment-spent": 410,
    "file-exists": 409,
    "file-too-large": 413,
    # Not 409: pdm and poetry pass over that in silence when told to skip what exists, and this does not.
    "filename-removed": 410,
    "invalid-payload": 422,
    "invalid-pending-publisher": 422,
    "invalid-publisher": 422,
    "invalid-reuse-token": 422,
    "invalid-token": 422,
    "invitation-expired": 410,
    "key-exists": 409,
    "last-administrator": 409,
    "last-factor": 409,
    "last-owner": 409,
    "leaked-password": 422,
    "name-reserved": 409,
    "name-taken": 409,
    "needs-phishing-resistant": 403,
    "needs-second-factor": 403,
    "needs-second-person": 403,
    "needs-second-proof": 422,
    "needs-stronger-proof": 403,
    "no-longer-offered": 410,
    "no-session": 401,
    "no-such-account": 404,
    "no-such-address": 404,
    "no-such-ask": 404,
    "no-such-demand": 404,
    "no-such-factor": 404,
    "no-such-file": 404,
    "no-such-invitation": 404,
    "no-such-issuer": 404,
    "no-such-organisation": 404,
    "no-such-project": 404,
    "no-such-provider": 404,
    "no-such-publisher": 404,
    "no-such-release": 404,
    "no-such-role": 404,
    "no-such-session": 404,
    "no-such-team": 404,
    "no-such-token": 404,
    "no-such-upload": 404,
    "no-token": 401,
    "no-voucher-left": 409,
    "not-allowed": 403,
    "not-confirmed": 422,
    "not-enabled": 422,
    "not-found": 404,
    "other-account": 403,
    "other-browser": 403,
    "passwords-not-taken": 403,
    "primary-address": 409,
    "project-closed": 403,
    "project-too-large": 413,
    "prove-again": 403,
    "prove-stronger": 403,
    "provenance-lost": 403,
    "publisher-exists": 409,
    "recovery-ended": 410,
    "recovery-needed": 409,
    "recovery-needs-proof": 403,
    "recovery-waits": 403,
    "registration-closed": 403,
    "registration-invited": 403,
    "report-too-large": 413,
    "report-unsigned": 400,
    "sign-in-refused": 403,
    "ticket-spent": 410,
    "token-expired": 403,
    "token-life": 400,
    "token-not-narrower": 403,
    "token-out-of-place": 403,
    "token-out-of-scope": 403,
    "token-revoked": 403,
    "too-many-addresses": 409,
    "too-many-attempts": 429,
    "too-many-keys": 409,
    "too-many-organisations": 409,
    "too-many-publishers": 409,
    "too-many-tokens": 409,
    "too-slow": 408,
    "trust-root-unreadable": 503,
    "trusted-publishing-only": 403,
    "try-again": 503,
    "unknown-key": 403,
    "unknown-token": 403,
    "version-removed": 410,
    "waits-already": 409,
    "weak-password": 422,
    "wrong-code": 422,
    "wrong-credentials": 403,
    "wrong-invitation": 403,
    "wrong-key-answer": 403,
}

#: After how many seconds to come again when what many ask for is being got, or too many ask.
_AGAIN_SECONDS: Final = 5


def status_of(refused: Refused) -> int:
    """Return the HTTP status of a refusal; one that a format makes of a file it will not take is 400."""
    return STATUS.get(refused.code, 400)


def wait_of(refused: Refused) -> list[tuple[bytes, bytes]]:
    """Return the header that says when to come again (RFC 9110, 10.2.3); none where that would be refused as well."""
    if isinstance(refused, TooMany):
        return [(b"retry-after", str(refused.wait_seconds).encode())]
    return [(b"retry-after", str(_AGAIN_SECONDS).encode())] if refused.code == "try-again" else []


def title_of(refused: Refused) -> str:
    """Return the kind of a refusal in words."""
    return refused.code.replace("-", " ").capitalize()


def problem(refused: Refused) -> tuple[int, bytes]:
    """Return status and body (RFC 9457). `code` and `message` say the same to clients that look for those."""
    status = status_of(refused)
    principle = f" [{refused.principle}]" if refused.principle else ""
    document = {
        "type": f"/problems/#{refused.code}",
        # RFC 9457, 3.1.3: a "summary of the problem type", the same each time. uv shows it before the detail.
        "title": f"{title_of(refused)}{principle}",
        "status": status,
        "detail": refused.says,
        "code": refused.code,
        "message": refused.says,
    }
    if refused.principle:
        document["principle"] = refused.principle
    return status, orjson.dumps(document)


def reason_phrase(refused: Refused) -> bytes:
    """Return the refusal in one line, as the reason phrase that twine shows (RFC 9112: HTAB, SP, VCHAR, obs-text)."""
    principle = f" [{refused.principle}]" if refused.principle else ""
    line = " ".join(f"{refused.says}{principle} ({refused.code})".split())
    text = "".join(c for c in line if c.isprintable())
    return text.encode("iso-8859-1", "replace")[:500]
