"""The parser of XML-RPC calls: what Python's own client writes is read back, and nothing else gets past it but a fault.

Principles: none
"""

from xmlrpc.client import Fault, dumps

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.web.xmlrpc import parse_call, require_parameters

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1)
VALUES = (
    st.integers(-(2**31), 2**31 - 1) | st.booleans() | st.text("abc <>&é", max_size=20) | st.lists(st.integers(0, 9))
)


@given(NAMES, st.lists(VALUES, max_size=3))
def test_what_a_client_wrote_is_read_back(method: str, parameters: list[object]) -> None:
    written = dumps(tuple(parameters), method, encoding="utf-8")  # type: ignore[arg-type]
    assert parse_call(written.encode()) == (method, tuple(parameters))


TAGS = st.sampled_from(
    ["methodCall", "methodName", "params", "param", "value", "int", "struct", "member", "name", "array"]
)
MORE = st.sampled_from(["data", "base64", "nil", "bigdecimal", "double", "dateTime.iso8601", "boolean", "fault", "i8"])
TREES = st.recursive(
    st.text("19-.ex\x00<&=é", max_size=6),
    lambda inner: st.builds(
        lambda tag, content: f"<{tag}>{''.join(content)}</{tag}>", TAGS | MORE, st.lists(inner, max_size=3)
    ),
)


@given(TREES)
def test_whatever_comes_is_a_call_or_a_fault(body: str) -> None:
    for text in (body, f"<methodCall><methodName>a</methodName>{body}</methodCall>"):
        try:
            method, _ = parse_call(text.encode())
        except Fault as fault:
            assert fault.faultCode == -32700
        else:
            assert isinstance(method, str)


@given(st.binary())
def test_bytes_that_are_no_xml_are_a_fault(body: bytes) -> None:
    with pytest.raises(Fault):
        parse_call(body)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]>',
        "<!DOCTYPE methodCall>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_every_encoding(doctype: str, encoding: str) -> None:
    call = f"<?xml version='1.0' encoding='{encoding}'?>{doctype}<methodCall><methodName>a</methodName></methodCall>"
    with pytest.raises(Fault):
        parse_call(call.encode(encoding))


def test_a_truth_value_is_no_number() -> None:
    require_parameters((1,), int)
    for wrong in ((True,), ("1",), (), (1, 2)):
        with pytest.raises(Fault):
            require_parameters(wrong, int)
