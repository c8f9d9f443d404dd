"""A request that two programs could read in two ways: nothing that follows it on its connection is a request."""

import socket
from urllib.parse import urlsplit

import pytest

CONNECTORS = [{"name": "Post", "method": "POST", "url": "{upstream}/post"}]
PATH = b"/widget-service/connectors/post/execute"
SECOND = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
AMBIGUOUS = {
    "two different numbers": b"Host: 127.0.0.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "a number with a sign": b"Host: 127.0.0.1\r\nContent-Length: +4\r\n\r\nabcd",
    "an unknown coding": b"Host: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two hosts": b"Host: 127.0.0.1\r\nHost: other.example\r\nContent-Length: 2\r\n\r\n{}",
    "a space before the colon": b"Host: 127.0.0.1\r\nContent-Length : 4\r\n\r\nabcd",
    "a folded line": b"Host: 127.0.0.1\r\nX-A: 1\r\n Content-Length: 4\r\nContent-Length: 2\r\n\r\n{}",
}


CHUNKED = b"0\r\n\r\n"


@pytest.mark.parametrize("head", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_refused(service, shared_upstream, head):
    answer = sent(service, b"POST " + PATH + b" HTTP/1.1\r\n" + head + SECOND)
    assert answer[:12] in (b"", b"HTTP/1.1 400"), "refused, or the connection closed at once"
    assert answer.count(b"HTTP/1.1 ") <= 1, "what follows is no request of its own"
    assert not shared_upstream.received


@pytest.mark.parametrize("is_turned", [False, True])
def test_of_two_lengths_the_chunks_count_and_nothing_follows(service, shared_upstream, is_turned):
    """RFC 9112 §6.1: the connection ends after the answer, so that what a proxy took for a body is no request."""
    lengths = sorted([b"Content-Length: 4\r\n", b"Transfer-Encoding: chunked\r\n"], reverse=is_turned)
    head = b"Host: 127.0.0.1\r\n" + b"".join(lengths) + b"\r\n"
    answer = sent(service, b"POST " + PATH + b" HTTP/1.1\r\n" + head + CHUNKED + SECOND)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer.lower()
    assert [request.body for request in shared_upstream.received] in ([], [b""])


def test_a_request_to_no_host_is_nobodys(service, shared_upstream):
    head = b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
    assert sent(service, b"POST " + PATH + b" HTTP/1.1\r\n" + head)[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 421")
    assert not shared_upstream.received


def test_what_can_be_read_in_one_way_alone_is_answered(service, shared_upstream):
    head = b"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    assert sent(service, b"POST " + PATH + b" HTTP/1.1\r\n" + head).startswith(b"HTTP/1.1 200 ")
    assert len(shared_upstream.received) == 1


def sent(service, request: bytes) -> bytes:
    """Return all that is answered until the service closes the connection."""
    address = urlsplit(str(service.client.base_url))
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))
