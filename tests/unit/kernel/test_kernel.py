"""Secrets do not leak by accident, digests are parsed strictly, refusals carry what people need.

Principles: AUTHZ-1.2
"""

import copy
import hashlib
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.kernel.digests import Sha256
from strongroom.kernel.events import Event
from strongroom.kernel.refusals import Refused
from strongroom.kernel.secrets import Secret

SAID = "correct horse battery staple"


def test_a_secret_prints_as_dots_wherever_it_is_put() -> None:
    secret = Secret(SAID)
    for shown in (f"{secret}", repr(secret), f"{secret!r}", str([secret]), str({"token": secret})):
        assert "Secret(•••)" in shown
        assert SAID not in shown


def test_a_secret_is_neither_compared_nor_hashed_nor_copied_nor_pickled() -> None:
    secret = Secret(SAID)
    for attempt in (
        lambda: secret == SAID,
        lambda: secret != Secret(SAID),
        lambda: hash(secret),
        lambda: copy.copy(secret),
        lambda: copy.deepcopy(secret),
        lambda: pickle.dumps(secret),
        lambda: {secret: 1},
    ):
        with pytest.raises(TypeError):
            attempt()


def test_a_secret_matches_its_fingerprint_and_no_other() -> None:
    secret = Secret(SAID)
    assert secret.fingerprint() == hashlib.sha256(SAID.encode()).hexdigest()
    assert secret.matches(secret.fingerprint())
    assert not secret.matches(Secret("other").fingerprint())
    assert secret.reveal() == SAID


@given(st.binary())
def test_a_digest_is_read_as_it_is_written(content: bytes) -> None:
    digest = Sha256.of(content)
    assert Sha256.parse(str(digest)) == digest


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64, "0" * 64 + "\n", " " + "0" * 63])
def test_what_is_no_digest_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        Sha256.parse(text)


def test_a_refusal_says_code_sentence_and_principle() -> None:
    refused = Refused("file-exists", "It is there.", principle="GEN-2.1")
    assert (refused.code, refused.says, refused.principle) == ("file-exists", "It is there.", "GEN-2.1")
    assert str(refused) == "file-exists: It is there."
    assert Refused("bad-form", "No.").principle == ""


def test_the_names_of_events_are_part_of_the_log_and_stay_as_they_are() -> None:
    assert {event.value for event in Event} >= {
        "account.created",
        "token.created",
        "token.revoked",
        "role.granted",
        "project.created",
        "project.status.changed",
        "project.removed",
        "release.created",
        "release.yanked",
        "release.unyanked",
        "release.removed",
        "file.published",
        "file.yanked",
        "file.unyanked",
        "file.removed",
    }
