"""Redirects are followed for GET and HEAD, at most five, each checked as the first request was."""

from ipaddress import ip_network

import pytest

from unit.widget_service.egress.authority import Authority
from unit.widget_service.egress.scripted import OK, answering, client_of, fetch, scripted
from widget_service.egress import EgressPolicy
from widget_service.errors import ConfigurationError, UpstreamError

NAMES = {"a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"], "inside.example": ["93.184.216.34", "10.0.0.1"]}
KEYS = [
    ("Authorization", "Bearer k3y"),
    ("Cookie", "k3y"),
    ("X-Key", "k3y"),
    ("X-Configured", "k3y"),
    ("Content-Type", "text/k3y"),
    ("Accept", "text/plain"),
]
SENSITIVE = frozenset({"authorization", "x-key", "x-configured", "content-type"})


def redirect(location, status=302):
    return f"HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def routes(table):
    """Answer by path; anything else is the end."""

    def answer(sent):
        path = sent.split(b" ")[1].decode()
        return table.get(path, OK if not sent.startswith(b"HEAD") else b"HTTP/1.1 200 OK\r\n\r\n")

    return answering(answer)


def paths(server):
    return [sent.split(b" ")[1].decode() for sent in server.requests]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_followed_with_the_same_method(status, method):
    async with scripted(routes({"/": redirect("/x?y=1", status)})) as server, client_of() as client:
        response, _ = await fetch(client, server.origin, method)
    assert response.status == 200
    assert paths(server) == ["/", "/x?y=1"]
    assert all(sent.startswith(method.encode() + b" ") for sent in server.requests)
    assert len(server.connections) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_not_followed_for_other_methods(status, method):
    async with scripted(routes({"/": redirect("/x", status)})) as server, client_of() as client:
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, server.origin, method, body=b"x")
    assert raised.value.code == "UPSTREAM_REDIRECT"
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [300, 304, 305, 306])
async def test_other_statuses_are_no_redirects(status):
    async with scripted(routes({"/": redirect("/x", status)})) as server, client_of() as client:
        response, _ = await fetch(client, server.origin)
    assert response.status == status
    assert len(server.requests) == 1


async def test_five_are_followed_and_six_are_not():
    table = {f"/{number}": redirect(f"/{number - 1}") for number in range(1, 7)}
    async with scripted(routes(table)) as server, client_of() as client:
        assert (await fetch(client, f"{server.origin}/5"))[1] == b"ok"
        server.requests.clear()
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, f"{server.origin}/6")
        assert raised.value.code == "UPSTREAM_REDIRECT"
        assert paths(server) == ["/6", "/5", "/4", "/3", "/2", "/1"]


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 X\r\nLocation: /a\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n",
        redirect(""),
        redirect("#part"),
        redirect("ftp://a.example/"),
        redirect("javascript:alert(1)"),
        redirect("http://user:password@127.0.0.1/"),
        redirect("http://127.1/"),
        redirect("//"),
    ],
)
async def test_a_location_that_cannot_be_used(head):
    async with scripted(routes({"/": head})) as server, client_of() as client:
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, server.origin)
    assert raised.value.code == "UPSTREAM_REDIRECT"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "location",
    [
        "https://10.0.0.1/",
        "http://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
        "http://inside.example/",
        "http://127.0.0.1:25/",
    ],
)
async def test_every_hop_is_checked_as_the_first_one(location):
    async with scripted(routes({"/": redirect(location)})) as server, client_of(names=NAMES) as client:
        with pytest.raises(ConfigurationError) as raised:
            await fetch(client, server.origin)
    assert raised.value.code == "DESTINATION_NOT_ALLOWED"
    assert raised.value.log_detail
    assert "10.0.0.1" not in raised.value.detail


async def test_what_is_secret_stays_with_its_origin_for_good():
    table = {"/1": redirect("/2")}
    async with scripted(routes(table)) as server, client_of(names=NAMES) as client:
        a, b = (f"http://{name}.example:{server.port}" for name in "ab")
        table |= {"/2": redirect(f"{b}/3"), "/3": redirect(f"{a}/4")}
        await fetch(client, f"{a}/1", headers=KEYS, sensitive_headers=SENSITIVE, body=b"k3y")
    assert paths(server) == ["/1", "/2", "/3", "/4"]
    assert all(sent.count(b"k3y") == 6 for sent in server.requests[:2])
    assert all(b"k3y" not in sent and b"Accept: text/plain" in sent for sent in server.requests[2:])


async def test_another_port_is_another_origin():
    async with (
        scripted(routes({})) as other,
        scripted(routes({"/": redirect(f"{other.origin}/x")})) as server,
        client_of() as client,
    ):
        await fetch(client, server.origin, headers=KEYS, sensitive_headers=SENSITIVE)
    assert b"k3y" in server.requests[0]
    assert b"k3y" not in other.requests[0]


async def test_see_other_leaves_the_body_behind():
    async with scripted(routes({"/": redirect("/x", 303)})) as server, client_of() as client:
        await fetch(client, server.origin, body=b"body")
    assert [b"body" in sent for sent in server.requests] == [True, False]


async def test_a_mapped_host_that_names_its_target_is_still_itself():
    table = {}
    async with scripted(routes(table)) as server:
        table["/"] = redirect(f"{server.origin}/x")
        policy = EgressPolicy(allow_insecure=True, host_map={"a.example": server.origin})
        async with client_of(policy) as client:
            await fetch(client, "https://a.example/", headers=KEYS, sensitive_headers=SENSITIVE)
    assert paths(server) == ["/", "/x"]
    assert all(b"Bearer k3y" in sent for sent in server.requests)


async def test_http_after_https_is_for_insecure_upstreams_only(tmp_path):
    authority = Authority(tmp_path)
    private = (ip_network("127.0.0.0/8"),)
    async with scripted(routes({})) as plain:
        talk = routes({"/": redirect(f"{plain.origin}/x")})
        async with scripted(talk, tls=authority.server("127.0.0.1")) as server:
            async with client_of(EgressPolicy(False, private), ca_file=authority.ca_file) as client:
                with pytest.raises(ConfigurationError) as raised:
                    await fetch(client, server.origin)
            async with client_of(EgressPolicy(True, private), ca_file=authority.ca_file) as client:
                await fetch(client, server.origin)
    assert "SCHEME" in raised.value.log_detail
    assert (len(server.requests), len(plain.requests)) == (2, 1)


async def test_the_time_up_to_the_headers_counts_over_all_hops():
    async def talk(connection):
        number = 0
        while await connection.request():
            number += 1
            await connection.send(redirect(f"/{number}"))
            if number == 3:
                await connection.gone()

    async with scripted(talk) as server, client_of() as client:
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, server.origin, headers_timeout_s=0.3)
    assert raised.value.code == "UPSTREAM_TIMEOUT"
