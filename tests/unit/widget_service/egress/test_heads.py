"""The head of an answer is read within bounds, and that of a request goes out as it was given."""

import pytest

from widget_service.egress.request_lines import OF_THE_CONNECTION, request_lines
from widget_service.egress.response_head import MAX_HEADER_BYTES, MAX_HEADERS, MalformedHead, ResponseHead


def read(*lines):
    head = ResponseHead()
    for line in lines:
        head.add(line)
    return head


def test_status_and_headers():
    head = read(
        b"HTTP/1.1 200 OK\r\n", b"A: 1\r\n", b"a:2 \r\n", b"B:\r\n", b"C: \xc3\xbc\r\n", b"D: \xfc\r\n", b"\r\n"
    )
    assert head.complete
    assert head.status == 200
    assert head.headers == [("A", "1"), ("a", "2"), ("B", ""), ("C", "ü"), ("D", "ü")]
    assert head.values("a") == ["1", "2"]


@pytest.mark.parametrize("line", [b"HTTP/2 204 \r\n", b"HTTP/2 204\r\n", b"HTTP/1.0 204 No Content\n"])
def test_status_lines(line):
    assert read(line, b"\r\n").status == 204


def test_interim_answers_are_passed_over():
    head = read(b"HTTP/1.1 103 Early Hints\r\n", b"Link: x\r\n", b"\r\n")
    assert not head.complete
    head.add(b"HTTP/1.1 200 OK\r\n")
    head.add(b"\r\n")
    assert (head.status, head.headers) == (200, [])


def test_trailers_are_dropped():
    head = read(b"HTTP/1.1 200 OK\r\n", b"\r\n", b"Trailer-Field: x\r\n", b"\r\n")
    assert head.headers == []


@pytest.mark.parametrize(
    "lines",
    [
        [b"garbage\r\n"],
        [b"HTTP/1.1 20 OK\r\n"],
        [b"HTTP/1.1 2000 OK\r\n"],
        [b"HTTP/1.1 099 OK\r\n"],
        [b"HTTP/1.1 101 Switching Protocols\r\n"],
        [b"HTTP/0.9 200 OK\r\n"],
        [],
        [b"HTTP/1.1 200 OK\r\n", b"no colon\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b"a b: c\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b": c\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b" folded\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b"a: b\x00c\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b"a: b\rc\r\n"],
        [b"HTTP/1.1 200 OK\r\n", b"a: b"],
    ],
)
def test_malformed(lines):
    with pytest.raises(MalformedHead):
        read(*lines, b"\r\n")


def test_number_and_size_are_bounded():
    status = b"HTTP/1.1 200 OK\r\n"
    assert read(status, *[b"a: b\r\n"] * (MAX_HEADERS - 2), b"\r\n").complete
    with pytest.raises(MalformedHead):
        read(status, *[b"a: b\r\n"] * (MAX_HEADERS - 1), b"\r\n")
    with pytest.raises(MalformedHead):
        read(status, b"a: " + b"x" * MAX_HEADER_BYTES + b"\r\n")
    with pytest.raises(MalformedHead):
        read(*[b"HTTP/1.1 100 Continue\r\n", b"\r\n"] * MAX_HEADERS)


@pytest.mark.parametrize(
    ("coding", "is_coded", "kept"),
    [
        (None, False, True),
        ("gzip", True, False),
        ("br", True, False),
        ("identity", False, False),
        ("", False, False),
        ("identity, Identity", False, False),
        ("x, GZIP", True, False),
    ],
)
def test_headers_that_describe_a_coded_body_are_not_passed_on(coding, is_coded, kept):
    line = [] if coding is None else [f"content-encoding: {coding}\r\n".encode()]
    head = read(b"HTTP/1.1 200 OK\r\n", b"Content-Length: 5\r\n", b"X: y\r\n", *line, b"Connection: close\r\n", b"\r\n")
    assert bool(head.codings) is is_coded
    assert head.passed_on(decoded=True) == ([("Content-Length", "5")] if kept else []) + [("X", "y")]


def test_request_lines():
    given = [("X-A", "1"), ("x-a", "ü"), ("Empty", ""), ("Content-Type", "text/plain"), ("Raw", "\udcff")]
    assert request_lines(given, has_body=True) == [
        b"Expect:",
        b"X-A: 1",
        b"x-a: \xc3\xbc",
        b"Empty;",
        b"Content-Type: text/plain",
        b"Raw: \xff",
    ]


def test_a_body_without_a_type_gets_none():
    assert request_lines([], has_body=True) == [b"Expect:", b"Content-Type:"]
    assert request_lines([], has_body=False) == [b"Expect:"]


@pytest.mark.parametrize("name", sorted(OF_THE_CONNECTION))
def test_the_framing_is_the_clients_own(name):
    assert request_lines([(name.title(), "x")], has_body=False) == [b"Expect:"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "x"),
        ("a b", "x"),
        ("a:", "x"),
        ("a\r\nb", "x"),
        ("ü", "x"),
        ("a", "b\r\nc: d"),
        ("a", "b\x00"),
        ("a", "\n"),
    ],
)
def test_a_header_that_would_be_read_as_something_else_is_a_mistake(name, value):
    with pytest.raises(ValueError, match="header"):
        request_lines([(name, value)], has_body=False)
