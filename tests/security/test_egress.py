"""Whatever way an address takes to the client (URL, redirect, name server), it is not called unless it is public."""

import contextlib
from ipaddress import ip_address, ip_network

import pytest

from unit.widget_service.egress.authority import Authority
from unit.widget_service.egress.scripted import OK, answering, client_of, fetch, scripted
from unit.widget_service.egress.vectors import cases, refused_addresses
from widget_service.egress import EgressPolicy, transfer
from widget_service.egress.policy import Destination
from widget_service.egress.urls import UrlError, parse_url
from widget_service.errors import ConfigurationError, UpstreamError

PUBLIC = "93.184.216.34"
HERE = "127.0.0.1"
ONLY_HERE = EgressPolicy(allowed_private_networks=(ip_network("127.0.0.1/32"),))
LOOSEST = EgressPolicy(True, (ip_network("0.0.0.0/0"), ip_network("::/0")))

REFUSED = [address for address in refused_addresses() if "%" not in address]
ELSEWHERE = [address for address in REFUSED if getattr(ip_address(address), "ipv4_mapped", None) != ip_address(HERE)]
ELSEWHERE.remove(HERE)
NEVER = [
    case["address"]
    for case in cases("addresses/refused.json")
    if case["verdict"] not in ("loopback", "private", "shared", "benchmarking", "unreadable")
    and "%" not in case["address"]
]


@pytest.fixture(autouse=True)
def opened(monkeypatch):
    """The sockets that were opened, by their address family and type; connecting elsewhere than here is prevented."""
    sockets = []
    lent = transfer.LentSocket

    def record(*arguments):
        sockets.append(arguments)
        return lent(*arguments)

    monkeypatch.setattr(transfer, "LentSocket", record)
    return sockets


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


async def refuse(client, url):
    with pytest.raises(ConfigurationError) as raised:
        await fetch(client, url)
    error = raised.value
    assert (error.code, error.status) == ("DESTINATION_NOT_ALLOWED", 422)
    assert error.log_detail
    assert error.log_detail not in error.detail
    return error


async def admitted(client, urls):
    """Return those of ``urls`` that are not refused by the guard."""
    found = []
    for url in urls:
        try:
            await refuse(client, url)
        except (Exception, pytest.fail.Exception) as error:
            found.append((url, error))
    return found


def url_of(address):
    return f"https://[{address}]/" if ":" in address else f"https://{address}/"


async def test_as_literal_url(opened):
    async with client_of(EgressPolicy()) as client:
        assert await admitted(client, map(url_of, REFUSED)) == []
    assert opened == []


async def test_as_another_spelling(opened):
    async with client_of(LOOSEST) as client:
        assert await admitted(client, [case["url"] for case in cases("urls/refused.json")]) == []
    assert opened == []


async def test_as_literal_url_under_the_loosest_settings(opened):
    async with client_of(LOOSEST) as client:
        assert await admitted(client, map(url_of, NEVER)) == []
    assert opened == []


async def test_as_the_target_of_a_mapped_host(opened):
    targets = {f"n{number}.example": url_of(address) for number, address in enumerate(NEVER)}
    policy = EgressPolicy(LOOSEST.allow_insecure, LOOSEST.allowed_private_networks, targets)
    async with client_of(policy) as client:
        assert await admitted(client, [f"https://{name}/" for name in targets]) == []
    assert opened == []


@pytest.mark.parametrize("others", [[], [PUBLIC]], ids=["alone", "beside a public address"])
@pytest.mark.parametrize("first", [True, False])
async def test_as_answer_of_a_name_server(others, first, opened):
    addresses = [*REFUSED, *refused_addresses(readable=False), "fe80::1%eth0"]
    answers = [[address, *others] if first else [*others, address] for address in addresses]
    names = {f"n{number}.example": answer for number, answer in enumerate(answers)}
    async with client_of(EgressPolicy(), names=names) as client:
        assert await admitted(client, [f"https://{name}/" for name in names]) == []
    assert opened == []


async def test_as_target_of_a_redirect(authority, opened):
    locations = iter(map(url_of, ELSEWHERE))

    def answer(_sent):
        return f"HTTP/1.1 302 X\r\nLocation: {next(locations)}\r\nContent-Length: 0\r\n\r\n".encode()

    async with (
        scripted(answering(answer), tls=authority.server(HERE)) as server,
        client_of(ONLY_HERE, ca_file=authority.ca_file) as client,
    ):
        for _ in ELSEWHERE:
            await refuse(client, server.origin)
    assert len(server.requests) == len(ELSEWHERE)
    assert len(opened) == 1


async def test_as_target_of_a_redirect_to_a_name(authority):
    names = {"a.example": [HERE]}
    reply = b"HTTP/1.1 302 X\r\nLocation: https://inside.example/\r\nContent-Length: 0\r\n\r\n"
    async with (
        scripted(answering(reply), tls=authority.server("a.example")) as server,
        client_of(ONLY_HERE, names=names, ca_file=authority.ca_file) as client,
    ):
        for address in ELSEWHERE:
            names["inside.example"] = [address]
            await refuse(client, f"https://a.example:{server.port}/")


async def test_a_redirect_to_another_spelling_is_not_followed_to_it(authority, opened):
    texts = [case["url"].translate({0: None, 10: None, 13: None}) for case in cases("urls/refused.json")]
    urls = [text for text in texts if "#" not in text]  # of a redirect, a fragment is dropped (RFC 9110 §10.2.2)

    def answer(sent):
        first = sent.split(b" ")[1].removeprefix(b"/first/")
        if not first.isdigit():
            return OK
        location = urls[int(first)].encode("utf-8", "replace")
        return b"HTTP/1.1 302 X\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"

    async with (
        scripted(answering(answer), tls=authority.server(HERE)) as server,
        client_of(ONLY_HERE, names={}, ca_file=authority.ca_file) as client,
    ):
        for number in range(len(urls)):
            with contextlib.suppress(ConfigurationError, UpstreamError):
                await fetch(client, f"{server.origin}/first/{number}")  # what is relative here stays with its origin
    assert len(server.requests) >= len(urls)
    assert len(opened) == len(server.connections)  # nothing was opened but to here


async def test_a_name_that_changes_between_two_look_ups_is_looked_up_once(authority):
    answers = [[HERE], ["169.254.169.254"]]

    class Changing(dict):
        def __missing__(self, name):
            return answers.pop(0)

    async with (
        scripted(answering(OK), tls=authority.server("a.example")) as server,
        client_of(ONLY_HERE, names=Changing(), ca_file=authority.ca_file) as client,
    ):
        url = f"https://a.example:{server.port}/"
        assert (await fetch(client, url))[1] == b"ok"
        assert len(answers) == 1
        await refuse(client, url)
    assert len(server.requests) == 1


@pytest.mark.parametrize("address", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("by_name", [True, False])
async def test_the_socket_is_guarded_too(address, by_name, monkeypatch, opened):
    monkeypatch.setattr(EgressPolicy, "check_address", lambda *arguments: None)
    monkeypatch.setattr(EgressPolicy, "destination", lambda policy, url: Destination(url))
    async with client_of(EgressPolicy(), names={"a.example": [address]}) as client:
        error = await refuse(client, "https://a.example/" if by_name else url_of(address))
    assert "about to be reached" in error.log_detail
    assert opened == []


async def test_an_open_connection_is_guarded_too(monkeypatch):
    async with scripted(answering(OK)) as server, client_of(EgressPolicy(allow_insecure=True)) as client:
        await fetch(client, server.origin)
        client.policy.__dict__["allow_insecure"] = False
        client.policy._judged.clear()
        monkeypatch.setattr(EgressPolicy, "destination", lambda policy, url: Destination(url))
        await refuse(client, server.origin)
    assert len(server.requests) == 1


@pytest.mark.parametrize("case", cases("addresses/admitted.json"), ids=lambda case: case["address"])
def test_public_addresses_are_admitted(case):
    url = parse_url(url_of(case["address"]))
    assert EgressPolicy().destination(url) == Destination(url)
    EgressPolicy().check_address(case["address"], Destination(parse_url("https://a.example/")))


def test_the_second_parser_within_libcurl_never_sees_what_this_one_refuses():
    """libcurl is given scheme, host and port as this parser has read them: nothing of the text is left to read."""
    for case in cases("urls/admitted.json"):
        url = parse_url(case["url"])
        again = parse_url(url.origin + url.target)
        assert (again.scheme, again.host, again.port) == (url.scheme, url.host, url.port)
    with pytest.raises(UrlError):
        parse_url("https://a.example@127.0.0.1/")
