"""What a probe can ask of a repository, whatever product it is: the vocabulary that every driver speaks.

A driver need not know every operation. One that it does not know makes the probes that need it *not run*; one that the
product is documented to lack (`[lacks]` in the driver) makes their clauses unmet, as documented.

Principles: none
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What an answer means, the same word for every product."""

    ACCEPTED = "accepted"  # it was done
    NOOP = "noop"  # it was so already, and nothing changed
    CHALLENGE = "challenge"  # more proof is asked for; `values` has `challenge` where the next step needs it
    EXISTS = "exists"  # what should be made is there already, or was there once
    MISSING = "missing"  # there is no such thing
    UNAUTHENTICATED = "unauthenticated"  # who asks is not known
    FORBIDDEN = "forbidden"  # who asks is known, and may not
    REFUSED = "refused"  # against a rule: the name, the password, the file …
    HELD = "held"  # taken, but not served until somebody has looked
    THROTTLED = "throttled"  # too often
    UNSUPPORTED = "unsupported"  # the product has no such thing
    FAILED = "failed"  # the product broke, or nobody knows what it means

    @property
    def is_yes(self) -> bool:
        """Report whether what was asked for is so now."""
        return self in (Kind.ACCEPTED, Kind.NOOP)

    @property
    def is_no(self) -> bool:
        """Report whether the product understood and said no; a failure is no such answer."""
        return self in _CLEAR_NO


_CLEAR_NO = frozenset({Kind.CHALLENGE, Kind.EXISTS, Kind.UNAUTHENTICATED, Kind.FORBIDDEN, Kind.REFUSED, Kind.THROTTLED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a repository answered to one operation. `exchange` is its number in the transcript, 0 when it has none."""

    kind: Kind
    status: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    exchange: int = 0
    seconds: float = 0.0

    def value(self, name: str) -> str:
        """Return a value as text; empty when the answer has none of that name."""
        found = self.values.get(name)
        return "" if found is None else str(found)


class Op(StrEnum):
    """The operations. After each: what it is given → what a yes brings in `values`."""

    # People. `session` is whatever the driver needs to act as a person who has logged in; any operation that a person
    # does may bring another one, which is used from then on.
    REGISTER = "register"  # name, email, password → (mail with a link goes out)
    FOLLOW_LINK = "follow_link"  # link, session → what a mail's link does when it is followed
    # A step of a login that is answered with CHALLENGE and brings `mailed` has mailed a link: CONFIRM_DEVICE follows.
    LOG_IN = "log_in"  # name, password → session, must_change (when asked to); CHALLENGE brings challenge
    CONFIRM_DEVICE = "confirm_device"  # challenge, link (mailed, to be followed by the same client) → as LOG_IN
    LOG_OUT = "log_out"  # session
    ACCOUNT = "account"  # session → verified (whether the address still counts as the person's: true or false)
    ENROL_TOTP = "enrol_totp"  # session → secret (base32)
    CONFIRM_TOTP = "confirm_totp"  # session, code
    REMOVE_TOTP = "remove_totp"  # session, password, code
    ANSWER_TOTP = "answer_totp"  # challenge, code → session
    MAKE_RECOVERY_CODES = "make_recovery_codes"  # session → codes: a list
    ANSWER_RECOVERY_CODE = "answer_recovery_code"  # challenge, code → session
    CHANGE_PASSWORD = "change_password"  # session, password, new_password  # noqa: S105 - a name
    CHANGE_EMAIL = "change_email"  # session, password, email
    BEGIN_WEBAUTHN = "begin_webauthn"  # session → options (JSON of PublicKeyCredentialCreationOptions)
    FINISH_WEBAUTHN = "finish_webauthn"  # session, credential (JSON of the registration response), label → passkey_id
    REMOVE_WEBAUTHN = "remove_webauthn"  # session, password, passkey_id
    WEBAUTHN_CHALLENGE = "webauthn_challenge"  # challenge → options (JSON of PublicKeyCredentialRequestOptions)
    ANSWER_WEBAUTHN = "answer_webauthn"  # challenge, credential → session
    BEGIN_PASSKEY = "begin_passkey"  # → options, challenge
    FINISH_PASSKEY = "finish_passkey"  # challenge, credential → session
    RECOVER = "recover"  # email → (mail with a link goes out)
    FINISH_RECOVERY = "finish_recovery"  # link, new_password → session
    REMOVE_ACCOUNT = "remove_account"  # session, password

    # Tokens. `projects` is a list; `rights` a list of publish, yank, remove, people.
    CREATE_TOKEN = "create_token"  # session, projects, rights → token, token_id  # noqa: S105 - a name
    REVOKE_TOKEN = "revoke_token"  # session, token_id  # noqa: S105 - a name
    TOKEN_PATTERN = "token_pattern"  # → pattern: the regular expression of its tokens, as published  # noqa: S105 - a name

    # Packages. `file` is an Artefact; `token` may be `name:password` where a product knows no tokens.
    PUBLISH = "publish"  # token, file, attestations (a list, optional)
    PUBLISH_BY_PASSWORD = "publish_by_password"  # name, password, file: no token at all  # noqa: S105 - a name
    REWRITE_METADATA = "rewrite_metadata"  # token, project, version, summary
    FILES = "files"  # project → files: a list of {filename, url, sha256, version, yanked, held}
    FETCH = "fetch"  # url → the answer's body is the file
    SUMMARY = "summary"  # project, version → summary
    YANK = "yank"  # token, project, version
    REMOVE_VERSION = "remove_version"  # token, project, version
    REMOVE_PROJECT = "remove_project"  # token, project
    # session, project, name, role (owner, publisher, or manager: people and nothing else) → invited (true: once the
    # person has accepted they have it)
    ADD_MEMBER = "add_member"
    ACCEPT_ROLE = "accept_role"  # session, project: the person takes the role that was offered to them
    REMOVE_MEMBER = "remove_member"  # session, project, name
    CHECK_NAME = "check_name"  # project → whether it may be registered

    # Trusted publishing, leaks, provenance.
    OIDC_AUDIENCE = "oidc_audience"  # → audience
    # session, project, issuer, subject, owner, owner_id, repository, repository_id, workflow
    TRUST_PUBLISHER = "trust_publisher"
    MINT = "mint"  # identity_token → token, expires_seconds or expires (a time, in seconds since 1970)
    REPORT_LEAK = "report_leak"  # token, url, key_id, signature, payload (the raw body that was signed)
    PROVENANCE = "provenance"  # project, version, filename → provenance (JSON)

    # What readers and reporters see.
    PROJECT_PAGE = "project_page"  # project, version → the answer's text is the page
    VULNERABILITIES = "vulnerabilities"  # project, version → vulnerabilities: a list of ids
    REPORT_BY_PAGE = "report_by_page"  # project → url of the form
    REPORT_BY_API = "report_by_api"  # token, project, version, says → ticket
    REPORT_BY_COMMAND = "report_by_command"  # token, project, version, says → ticket
    # An event's kind is publish, yank, remove or member in the vocabulary's words; other kinds stay the product's.
    EVENTS = (
        "events"  # since (a cursor, "0" for the start) → events: a list of {serial, kind, project, version}, cursor
    )
    LOG_PROOF = "log_proof"  # size_before (0 for none) → size, root, proof: a list of hashes (RFC 6962, in hexadecimal)
    ADVISORIES = "advisories"  # → records: a list of OSV records
    SECURITY_TXT = "security_txt"  # → the answer's text is the file
    POLICY = "policy"  # about: recovery, disclosure, unpublish, critical, tokens → url; the text is the page

    # What only the operator can do. For a local Strongroom the data folder allows it.
    ADD_MAINTAINER = "add_maintainer"  # name, email → password, totp_secret, token: a person who satisfies every rule
    ADD_TOKEN = "add_token"  # name, projects, rights → token, token_id  # noqa: S105 - a name
    DROP_PERSON = "drop_person"  # name
    DROP_PROJECT = "drop_project"  # project
    MARK_CRITICAL = "mark_critical"  # project
    MARK_POPULAR = "mark_popular"  # project
    LEAK_PASSWORD = "leak_password"  # password: from now on the breach list knows it  # noqa: S105 - a name
    BREAK_SCANNER = "break_scanner"  # broken: whether from now on what scans for malware answers with errors
    FLAGGED_NAMES = "flagged_names"  # → names: those of projects that wait for somebody to look at their likeness
    LAPSE_DOMAIN = "lapse_domain"  # domain: from now on its registration has lapsed
    REREGISTER_DOMAIN = "reregister_domain"  # domain: somebody else has registered it anew
    RUN_JOBS = "run_jobs"  # what a schedule would run: domain checks, scans, feeds
    TRUST_ISSUER = "trust_issuer"  # issuer (address of an OIDC issuer)
    TRUST_REPORTER = "trust_reporter"  # key_id, public_key (PEM): who may report leaked tokens
    DISTRUST_ISSUER = "distrust_issuer"  # issuer: what a run made trusted is so no longer
    DISTRUST_REPORTER = "distrust_reporter"  # key_id
    # name, trust_root (JSON of a Sigstore's TrustedRoot): whose attestations of builds are believed, beside others'
    TRUST_SIGSTORE = "trust_sigstore"
    DISTRUST_SIGSTORE = "distrust_sigstore"  # name
    KNOW_BAD = "know_bad"  # sha256: from now on known as malware
    ADD_ADVISORY = "add_advisory"  # record (an OSV record)


PARAMETERS_THAT_ARE_SECRET = frozenset({
    "password", "new_password", "token", "session", "challenge", "identity_token", "code", "codes", "totp_secret",
    "secret", "link",
})  # fmt: skip
"""Parameters and values whose content never stands in a transcript."""
